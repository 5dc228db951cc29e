//! What the demo plant's people write about a defect, in English, Spanish and Chinese.

use super::codes::Texts;

/// What is written where the defect has a certain cause.
pub(super) struct CauseTexts {
    /// A code of the list `cause`.
    pub(super) cause: &'static str,
    pub(super) process_analysis: Texts,
    pub(super) findings: Texts,
    pub(super) root_cause: Texts,
}

/// One for each cause that every system begins with.
pub(super) const CAUSES: &[CauseTexts] = &[
    CauseTexts {
        cause: "PEOPLE",
        process_analysis: [
            "The job was taken over at the change of shift; the first piece was not checked again.",
            "El trabajo se recibió en el cambio de turno; no se volvió a comprobar la primera pieza.",
            "换班时接手该工序，首件未重新检验。",
        ],
        findings: [
            "The work step is described, but not trained for the new colleagues. Other lots were checked and are in order.",
            "El paso está descrito, pero los compañeros nuevos no fueron formados. Se revisaron otros lotes y están en orden.",
            "作业步骤有规定，但新员工未经培训。已检查其他批次，未见异常。",
        ],
        root_cause: [
            "Training for this step was not part of the induction plan.",
            "La formación para este paso no formaba parte del plan de acogida.",
            "上岗培训计划未包含该步骤。",
        ],
    },
    CauseTexts {
        cause: "MACHINE",
        process_analysis: [
            "The machine was stopped twice for alarms before the lot; offsets were set again by hand.",
            "La máquina se paró dos veces por alarmas antes del lote; las correcciones se ajustaron a mano.",
            "该批之前设备两次报警停机，刀补由人工重新设定。",
        ],
        findings: [
            "Spindle runout is 0.04 mm, twice the limit. The maintenance interval had passed by three weeks.",
            "El descentrado del husillo es de 0,04 mm, el doble del límite. El mantenimiento llevaba tres semanas de retraso.",
            "主轴跳动0.04毫米，为允许值的两倍。保养已逾期三周。",
        ],
        root_cause: [
            "Worn spindle bearing; no trigger in the maintenance plan.",
            "Rodamiento del husillo desgastado; sin aviso en el plan de mantenimiento.",
            "主轴轴承磨损，保养计划中没有触发条件。",
        ],
    },
    CauseTexts {
        cause: "MATERIAL",
        process_analysis: [
            "The lot of raw material was changed in the middle of the order; the defect begins with the new lot.",
            "El lote de materia prima cambió a mitad de la orden; el defecto empieza con el lote nuevo.",
            "订单中途更换了原材料批次，缺陷从新批次开始出现。",
        ],
        findings: [
            "Samples of the lot are at the lower end of the specification; the supplier changed the heat treatment.",
            "Las muestras del lote están en el límite inferior de la especificación; el proveedor cambió el tratamiento térmico.",
            "该批样品处于规格下限，供应商更改了热处理。",
        ],
        root_cause: [
            "A change at the supplier that was not announced.",
            "Un cambio en el proveedor que no fue comunicado.",
            "供应商变更未通知。",
        ],
    },
    CauseTexts {
        cause: "METHOD",
        process_analysis: [
            "Work followed the instruction on the board; it still shows the fixture of the revision before.",
            "Se trabajó según la instrucción del panel; todavía muestra el útil de la revisión anterior.",
            "按看板作业指导书操作，但其中仍为上一版夹具。",
        ],
        findings: [
            "The instruction was not updated with the drawing. The sequence of clamping distorts the part.",
            "La instrucción no se actualizó con el plano. La secuencia de sujeción deforma la pieza.",
            "作业指导书未随图纸更新，装夹顺序使零件变形。",
        ],
        root_cause: [
            "Changes of drawings do not lead to a review of the work instruction.",
            "Los cambios de plano no llevan a revisar la instrucción de trabajo.",
            "图纸变更未触发作业指导书评审。",
        ],
    },
    CauseTexts {
        cause: "MEASUREMENT",
        process_analysis: [
            "All pieces passed the check at the machine; the deviation was only seen at final inspection.",
            "Todas las piezas pasaron el control en máquina; la desviación solo se vio en la inspección final.",
            "所有零件在机台自检合格，偏差在终检时才发现。",
        ],
        findings: [
            "The gauge was worn by 0.03 mm; repeatability study 34 %, so the check could not find this.",
            "El calibre estaba desgastado 0,03 mm; estudio de repetibilidad del 34 %, el control no podía detectarlo.",
            "量规磨损0.03毫米，重复性研究为34%，自检无法发现该缺陷。",
        ],
        root_cause: [
            "The gauge was missing from the calibration plan.",
            "El calibre faltaba en el plan de calibración.",
            "量规未列入校准计划。",
        ],
    },
    CauseTexts {
        cause: "ENVIRONMENT",
        process_analysis: [
            "The pieces stood near the open gate over a rainy weekend before the next operation.",
            "Las piezas estuvieron junto al portón abierto un fin de semana lluvioso antes de la siguiente operación.",
            "零件在下道工序前于敞开的大门旁存放了一个雨天周末。",
        ],
        findings: [
            "Humidity in the hall was above 80 % for two days. The coating adheres poorly below the dew point.",
            "La humedad de la nave superó el 80 % durante dos días. El recubrimiento se adhiere mal por debajo del punto de rocío.",
            "车间湿度连续两天高于80%，低于露点时涂层附着力差。",
        ],
        root_cause: [
            "No place for storage between operations, and no limit for humidity.",
            "Sin lugar de almacenamiento entre operaciones ni límite de humedad.",
            "工序间没有存放区，也没有湿度限值。",
        ],
    },
];

/// How pieces that can be saved are worked on.
pub(super) const REPAIR_PROCESS: Texts = [
    "Sort the lot, work the bad pieces over on the same machine, measure all of them again.",
    "Clasificar el lote, retrabajar las piezas malas en la misma máquina y volver a medirlas todas.",
    "全批分选，不良品在原设备返工，全部重新测量。",
];

/// Why material is used as it is, and so on, in the order of [`crate::words::Disposition::ALL`].
pub(super) const JUSTIFICATIONS: &[Texts] = &[
    [
        "Function is not affected; the deviation lies outside the mating area.",
        "La función no se ve afectada; la desviación está fuera de la zona de acoplamiento.",
        "不影响功能，偏差位于配合区域之外。",
    ],
    [
        "Can be brought to the drawing.",
        "Se puede llevar a plano.",
        "可返工至符合图纸。",
    ],
    [
        "Can be made usable; strength was checked by calculation.",
        "Se puede dejar utilizable; la resistencia se comprobó por cálculo.",
        "可修复使用，强度已经计算校核。",
    ],
    [
        "Meets the requirements of grade B.",
        "Cumple los requisitos del grado B.",
        "满足B级要求。",
    ],
    [
        "Cannot be saved at a reasonable cost.",
        "No se puede recuperar a un coste razonable.",
        "无法以合理成本挽救。",
    ],
    [
        "The supplier replaces the pieces.",
        "El proveedor repone las piezas.",
        "由供应商更换。",
    ],
    [
        "Only some pieces are affected.",
        "Solo algunas piezas están afectadas.",
        "仅部分零件受影响。",
    ],
    [
        "Measured again on another machine: within the limits.",
        "Medido de nuevo en otra máquina: dentro de los límites.",
        "在另一台设备复测，合格。",
    ],
];

/// What is to be done with a line.
pub(super) const INSTRUCTIONS: Texts = [
    "Keep the pieces together with the tag; report the count when done.",
    "Mantener las piezas junto con la etiqueta; informar la cantidad al terminar.",
    "零件与标签一同存放，完成后报告数量。",
];

/// Notes beside labor.
pub(super) const LABOR_NOTES: &[Texts] = &[
    ["Sorted the lot", "Lote clasificado", "分选本批"],
    [
        "Worked over and measured",
        "Retrabajado y medido",
        "返工并测量",
    ],
    [
        "Searched for the cause at the machine",
        "Búsqueda de la causa en la máquina",
        "在设备上查找原因",
    ],
];

/// Notes beside cost.
pub(super) const COST_NOTES: &[Texts] = &[
    ["Material written off", "Material dado de baja", "材料报废"],
    [
        "Express freight of the replacement",
        "Transporte urgente de la reposición",
        "补货加急运费",
    ],
    [
        "Charged to the supplier",
        "Cargado al proveedor",
        "向供应商索赔",
    ],
];

/// Why a record is void.
pub(super) const VOID_REASONS: Texts = [
    "Raised twice for the same lot",
    "Registrado dos veces para el mismo lote",
    "同一批次重复登记",
];

/// Why a record goes back.
pub(super) const RETURN_REASONS: Texts = [
    "The cause does not explain all pieces; look at the second shift too",
    "La causa no explica todas las piezas; revisar también el segundo turno",
    "原因不能解释所有零件，请同时检查第二班",
];

/// Why the result was not accepted.
pub(super) const FAIL_REASONS: Texts = [
    "Two of the pieces that were worked over are still out of tolerance",
    "Dos de las piezas retrabajadas siguen fuera de tolerancia",
    "返工后仍有两件超差",
];

/// Why a closed record is opened again.
pub(super) const REOPEN_REASONS: Texts = [
    "The customer found three more pieces of the lot",
    "El cliente encontró tres piezas más del lote",
    "客户又发现该批三件",
];
