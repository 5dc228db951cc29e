//! The demo plant's lists: areas and the tree of failure codes, in English, Spanish and Chinese. Causes are those that
//! every system begins with.
//!
//! A failure also says how it reads on a tag; `{part}` stands for the part's name.

/// The same in each language: English, Spanish, Chinese.
pub(super) type Texts = [&'static str; 3];

/// A code that only has a label.
pub(super) struct Plain {
    pub(super) code: &'static str,
    pub(super) labels: Texts,
}

const fn plain(code: &'static str, labels: Texts) -> Plain {
    Plain { code, labels }
}

pub(super) const AREAS: &[Plain] = &[
    plain("RECEIVING", ["Receiving", "Recepción", "收货区"]),
    plain("MACHINING", ["Machining", "Mecanizado", "机加工区"]),
    plain("WELDING", ["Welding", "Soldadura", "焊接区"]),
    plain("COATING", ["Coating", "Recubrimiento", "涂装区"]),
    plain("ASSEMBLY", ["Assembly", "Montaje", "装配区"]),
    plain("DISPATCH", ["Dispatch", "Expedición", "发货区"]),
];

/// The branches of the tree of failure codes.
pub(super) const BRANCHES: &[Plain] = &[
    plain("DIM", ["Dimension", "Dimensión", "尺寸"]),
    plain("SURFACE", ["Surface", "Superficie", "表面"]),
    plain("WELD", ["Weld", "Soldadura", "焊缝"]),
    plain("MATERIAL", ["Material", "Material", "材料"]),
    plain("ASSEMBLY", ["Assembly", "Montaje", "装配"]),
    plain("PACKING", ["Packing", "Embalaje", "包装"]),
];

/// A leaf of the tree of failure codes, and how it reads on a tag.
pub(super) struct Failure {
    pub(super) code: &'static str,
    /// One of [`BRANCHES`].
    pub(super) branch: &'static str,
    pub(super) labels: Texts,
    pub(super) title: Texts,
    pub(super) observed: Texts,
}

/// What goes wrong in the demo plant.
pub(super) const FAILURES: &[Failure] = &[
    Failure {
        code: "DIM-OVER",
        branch: "DIM",
        labels: ["Oversize", "Sobremedida", "尺寸偏大"],
        title: [
            "Bore oversize on {part}",
            "Agujero con sobremedida en {part}",
            "{part}孔径偏大",
        ],
        observed: [
            "The bore measures 0.06 mm above the upper limit. Found with the plug gauge, confirmed on the measuring machine.",
            "El agujero mide 0,06 mm por encima del límite superior. Detectado con el calibre tampón y confirmado en la máquina de medición.",
            "孔径超出上限0.06毫米。用塞规发现，经三坐标测量确认。",
        ],
    },
    Failure {
        code: "DIM-UNDER",
        branch: "DIM",
        labels: ["Undersize", "Inframedida", "尺寸偏小"],
        title: [
            "Thickness below limit on {part}",
            "Espesor por debajo del límite en {part}",
            "{part}厚度低于下限",
        ],
        observed: [
            "Wall thickness is 0.2 mm below the drawing at two of four points.",
            "El espesor de pared está 0,2 mm por debajo del plano en dos de cuatro puntos.",
            "四个测点中有两个壁厚低于图纸0.2毫米。",
        ],
    },
    Failure {
        code: "DIM-POSITION",
        branch: "DIM",
        labels: ["Position", "Posición", "位置度"],
        title: [
            "Hole pattern shifted on {part}",
            "Patrón de agujeros desplazado en {part}",
            "{part}孔位偏移",
        ],
        observed: [
            "The hole pattern is shifted by about 0.4 mm; the fixture pin does not enter.",
            "El patrón de agujeros está desplazado unos 0,4 mm; el pasador del útil no entra.",
            "孔组偏移约0.4毫米，定位销无法插入。",
        ],
    },
    Failure {
        code: "SURFACE-BURR",
        branch: "SURFACE",
        labels: ["Burr", "Rebaba", "毛刺"],
        title: ["Burr on {part}", "Rebaba en {part}", "{part}有毛刺"],
        observed: [
            "Sharp burr along the edge of the bore, up to 0.3 mm high. Risk of injury when handling.",
            "Rebaba cortante en el borde del agujero, de hasta 0,3 mm. Riesgo de lesión al manipular.",
            "孔口边缘有锋利毛刺，最高0.3毫米，搬运时有划伤危险。",
        ],
    },
    Failure {
        code: "SURFACE-SCRATCH",
        branch: "SURFACE",
        labels: ["Scratch", "Rayadura", "划痕"],
        title: [
            "Scratches on the sealing face of {part}",
            "Rayaduras en la cara de sellado de {part}",
            "{part}密封面有划痕",
        ],
        observed: [
            "Several scratches cross the sealing face; the deepest can be felt with a fingernail.",
            "Varias rayaduras cruzan la cara de sellado; la más profunda se nota con la uña.",
            "密封面上有多条横向划痕，最深的一条用指甲可以感觉到。",
        ],
    },
    Failure {
        code: "SURFACE-RUST",
        branch: "SURFACE",
        labels: ["Rust", "Óxido", "锈蚀"],
        title: ["Rust on {part}", "Óxido en {part}", "{part}生锈"],
        observed: [
            "Rust spots on the machined faces after a week in store. The oil film is missing.",
            "Manchas de óxido en las caras mecanizadas tras una semana en almacén. Falta la película de aceite.",
            "入库一周后加工面出现锈点，防锈油膜缺失。",
        ],
    },
    Failure {
        code: "SURFACE-PAINT",
        branch: "SURFACE",
        labels: ["Paint", "Pintura", "漆面"],
        title: [
            "Paint runs on {part}",
            "Descuelgue de pintura en {part}",
            "{part}漆面流挂",
        ],
        observed: [
            "Paint runs on the lower edge; film thickness 140 µm where 80 to 100 µm are asked for.",
            "Descuelgue en el borde inferior; espesor de película de 140 µm cuando se piden de 80 a 100 µm.",
            "下边缘漆面流挂，膜厚140微米，要求80至100微米。",
        ],
    },
    Failure {
        code: "WELD-CRACK",
        branch: "WELD",
        labels: ["Weld crack", "Grieta de soldadura", "焊缝裂纹"],
        title: [
            "Crack in the weld of {part}",
            "Grieta en la soldadura de {part}",
            "{part}焊缝裂纹",
        ],
        observed: [
            "Dye penetrant test shows a crack of 12 mm at the end of seam 3.",
            "El ensayo de líquidos penetrantes muestra una grieta de 12 mm al final del cordón 3.",
            "渗透检测显示3号焊缝末端有12毫米裂纹。",
        ],
    },
    Failure {
        code: "WELD-POROSITY",
        branch: "WELD",
        labels: ["Porosity", "Porosidad", "气孔"],
        title: [
            "Pores in the weld of {part}",
            "Poros en la soldadura de {part}",
            "{part}焊缝气孔",
        ],
        observed: [
            "Surface pores over 30 mm of the seam, more than ISO 5817 level C allows.",
            "Poros superficiales en 30 mm del cordón, más de lo que admite ISO 5817 nivel C.",
            "焊缝有30毫米长的表面气孔，超出ISO 5817 C级允许值。",
        ],
    },
    Failure {
        code: "MATERIAL-WRONG",
        branch: "MATERIAL",
        labels: ["Wrong material", "Material equivocado", "材料错误"],
        title: [
            "Wrong material for {part}",
            "Material equivocado para {part}",
            "{part}材料不符",
        ],
        observed: [
            "Spectrometer reads 1.4301 where the order asks for 1.4404.",
            "El espectrómetro indica 1.4301 y el pedido exige 1.4404.",
            "光谱仪检测为1.4301，订单要求1.4404。",
        ],
    },
    Failure {
        code: "MATERIAL-HARDNESS",
        branch: "MATERIAL",
        labels: ["Hardness", "Dureza", "硬度"],
        title: [
            "Hardness too low on {part}",
            "Dureza insuficiente en {part}",
            "{part}硬度偏低",
        ],
        observed: [
            "Hardness 48 HRC where 54 to 58 HRC are asked for; three pieces tested.",
            "Dureza de 48 HRC cuando se piden de 54 a 58 HRC; tres piezas ensayadas.",
            "硬度48 HRC，要求54至58 HRC，共检测三件。",
        ],
    },
    Failure {
        code: "MATERIAL-CERTIFICATE",
        branch: "MATERIAL",
        labels: ["Certificate missing", "Falta certificado", "缺少证书"],
        title: [
            "Material certificate missing for {part}",
            "Falta el certificado de material de {part}",
            "{part}缺少材质证书",
        ],
        observed: [
            "The delivery came without the 3.1 certificate; the heat number cannot be traced.",
            "La entrega llegó sin el certificado 3.1; no se puede trazar el número de colada.",
            "到货未附3.1证书，炉号无法追溯。",
        ],
    },
    Failure {
        code: "ASSEMBLY-MISSING",
        branch: "ASSEMBLY",
        labels: ["Component missing", "Falta un componente", "缺件"],
        title: [
            "Component missing on {part}",
            "Falta un componente en {part}",
            "{part}缺件",
        ],
        observed: [
            "The circlip was not fitted; found at the end-of-line test.",
            "No se montó el anillo de seguridad; detectado en la prueba final de línea.",
            "卡簧漏装，在下线检测时发现。",
        ],
    },
    Failure {
        code: "ASSEMBLY-TORQUE",
        branch: "ASSEMBLY",
        labels: ["Torque", "Par de apriete", "扭矩"],
        title: [
            "Torque out of range on {part}",
            "Par de apriete fuera de rango en {part}",
            "{part}扭矩超差",
        ],
        observed: [
            "Check torque 62 Nm where 75 to 85 Nm are specified; the tool's record shows no alarm.",
            "Par de control de 62 Nm cuando se especifican de 75 a 85 Nm; el registro de la herramienta no muestra alarma.",
            "复检扭矩62 Nm，规定75至85 Nm，工具记录无报警。",
        ],
    },
    Failure {
        code: "PACKING-LABEL",
        branch: "PACKING",
        labels: ["Label", "Etiqueta", "标签"],
        title: [
            "Wrong label on {part}",
            "Etiqueta equivocada en {part}",
            "{part}标签错误",
        ],
        observed: [
            "The label shows the previous revision; box and delivery note do not agree.",
            "La etiqueta muestra la revisión anterior; la caja y el albarán no coinciden.",
            "标签显示旧版本，箱标与送货单不一致。",
        ],
    },
    Failure {
        code: "PACKING-DAMAGE",
        branch: "PACKING",
        labels: ["Transport damage", "Daño de transporte", "运输损坏"],
        title: [
            "{part} damaged in transport",
            "{part} con daños de transporte",
            "{part}运输损坏",
        ],
        observed: [
            "The crate was crushed on one side; edges of the pieces in the top layer are dented.",
            "La caja llegó aplastada por un lado; los cantos de las piezas de la capa superior están golpeados.",
            "木箱一侧被压坏，上层零件边缘有磕碰。",
        ],
    },
];
