//! What drawings say, in the reader's language. A phrase is known by its English; `{0}`, `{1}`, … stand for what it is
//! about, and labels that people gave are no phrases and stay as they are.

use crate::words::Language;

/// A phrase in English, Spanish and Chinese.
type Phrase = (&'static str, &'static str, &'static str);

#[rustfmt::skip]
const PHRASES: &[Phrase] = &[
    ("Nothing to show", "Nada que mostrar", "没有可显示的内容"),
    ("; and {0} more", "; y {0} más", "；另有 {0} 项"),
    (".", ".", "。"),
    ("nothing", "nada", "无"),
    ("none", "ninguno", "无"),
    ("other", "otros", "其他"),
    // Pareto.
    ("Pareto of {0} by {1}, {2} to {3}", "Pareto de {0} por {1}, {2} a {3}", "按{1}的{0}帕累托图，{2} 至 {3}"),
    ("{0}: {1} ({2} %, together {3} %)", "{0}: {1} ({2} %, acumulado {3} %)", "{0}：{1}（{2} %，累计 {3} %）"),
    ("cumulative", "acumulado", "累计"),
    ("records", "registros", "记录数"),
    ("quantity", "cantidad", "数量"),
    ("cost", "costo", "成本"),
    ("failure code", "código de falla", "缺陷代码"),
    ("part", "pieza", "零件"),
    ("work center", "centro de trabajo", "工作中心"),
    ("supplier", "proveedor", "供应商"),
    ("cause", "causa", "原因"),
    ("use as is", "usar tal cual", "让步接收"),
    ("rework", "retrabajo", "返工"),
    ("repair", "reparación", "返修"),
    ("regrade", "reclasificar", "降级"),
    ("scrap", "desecho", "报废"),
    ("return to supplier", "devolver al proveedor", "退回供应商"),
    ("sort", "selección", "挑选"),
    ("no defect found", "sin defecto", "未发现缺陷"),
    // Trend.
    ("Records by {0}, {1} to {2}", "Registros por {0}, {1} a {2}", "按{0}的记录，{1} 至 {2}"),
    ("{0}: {1} reported, {2} closed, {3} open", "{0}: {1} reportados, {2} cerrados, {3} abiertos", "{0}：报告 {1}，关闭 {2}，未结 {3}"),
    ("day", "día", "日"),
    ("week", "semana", "周"),
    ("month", "mes", "月"),
    ("closed", "cerrados", "已关闭"),
    ("open", "abiertos", "未结"),
    // States.
    ("reported", "reportados", "已报告"),
    ("analysis", "análisis", "分析中"),
    ("disposition", "disposición", "处置"),
    ("execution", "ejecución", "执行中"),
    ("verification", "verificación", "验证中"),
    ("Open records by age and state", "Registros abiertos por antigüedad y estado", "未结记录：按时长和状态"),
    ("Open records by state", "Registros abiertos por estado", "未结记录：按状态"),
    ("Mean time in each state, {0} to {1}", "Tiempo medio en cada estado, {0} a {1}", "各状态平均停留时间，{0} 至 {1}"),
    ("{0} days", "{0} días", "{0} 天"),
    ("days", "días", "天"),
    // Cost, suppliers.
    ("Cost of poor quality, {0} to {1}", "Costo de la mala calidad, {0} a {1}", "不良质量成本，{0} 至 {1}"),
    ("internal", "falla interna", "内部损失"),
    ("external", "falla externa", "外部损失"),
    ("appraisal", "evaluación", "鉴定"),
    ("prevention", "prevención", "预防"),
    ("recovered", "recuperado", "已追回"),
    ("Records by supplier, {0} to {1}", "Registros por proveedor, {0} a {1}", "按供应商的记录，{0} 至 {1}"),
    // Control charts.
    ("p chart, share of defective units", "Carta p, proporción de unidades defectuosas", "p 图，不合格品率"),
    ("np chart, defective units", "Carta np, unidades defectuosas", "np 图，不合格品数"),
    ("c chart, defects", "Carta c, defectos", "c 图，缺陷数"),
    ("u chart, defects for each unit", "Carta u, defectos por unidad", "u 图，单位缺陷数"),
    ("{0}, {1} to {2}", "{0}, {1} a {2}", "{0}，{1} 至 {2}"),
    ("CL", "LC", "CL"),
    ("UCL", "LSC", "UCL"),
    ("LCL", "LIC", "LCL"),
    ("{0}, does not count", "{0}, no cuenta", "{0}，不计入"),
    ("{0}, signal by rule {1}", "{0}, señal por la regla {1}", "{0}，判异规则 {1}"),
    ("There is no point in this period.", "No hay ningún punto en este periodo.", "此期间没有点。"),
    ("{0} points. Centre line {1}", "{0} puntos. Línea central {1}", "{0} 个点。中心线 {1}"),
    (", lower limit {0}, upper limit {1}", ", límite inferior {0}, límite superior {1}", "，下限 {0}，上限 {1}"),
    (". No signals", ". Sin señales", "。无异常信号"),
    (". Signals at points {0}", ". Señales en los puntos {0}", "。异常点 {0}"),
    (". Signals at points {0} and {1} more", ". Señales en los puntos {0} y {1} más", "。异常点 {0} 及另外 {1} 个"),
    (". Not counted: {0}", ". No contados: {0}", "。不计入：{0}"),
    ("{0} (rule {1})", "{0} (regla {1})", "{0}（规则 {1}）"),
    ("{0} to {1}", "{0} a {1}", "{0} 至 {1}"),
];

/// A phrase in a language; what is none stays as it is.
pub(crate) fn say(language: Language, english: &str) -> &str {
    let known = PHRASES.iter().find(|(phrase, ..)| *phrase == english);
    match (known, language) {
        (None, _) | (_, Language::English) => english,
        (Some((_, spanish, _)), Language::Spanish) => spanish,
        (Some((.., chinese)), Language::Chinese) => chinese,
    }
}

/// A fixed word as people read it.
pub(crate) fn word(language: Language, stored: &str) -> String {
    say(language, &stored.replace('_', " ")).to_owned()
}

/// A phrase about something.
pub(crate) fn tell(language: Language, english: &str, about: &[&str]) -> String {
    let mut told = String::new();
    let mut rest = say(language, english);
    // Each place once, so that what is put there is not read again.
    while let Some((before, behind)) = rest.split_once('{') {
        let (place, behind) = behind.split_once('}').unwrap_or((behind, ""));
        let value = place.parse::<usize>().ok();
        told.push_str(before);
        told.push_str(value.and_then(|place| about.get(place)).unwrap_or(&""));
        rest = behind;
    }
    told + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_says_the_same_of_the_same() {
        for (english, spanish, chinese) in PHRASES {
            for place in 0..5 {
                let place = format!("{{{place}}}");
                let is_told = |phrase: &str| phrase.contains(&place);
                assert_eq!(is_told(english), is_told(spanish), "{english}");
                assert_eq!(is_told(english), is_told(chinese), "{english}");
            }
            let known = PHRASES.iter().filter(|(phrase, ..)| phrase == english);
            assert_eq!(known.count(), 1, "{english}");
        }
    }

    #[test]
    fn what_is_put_into_a_phrase_is_not_read_again() {
        let told = tell(
            Language::Chinese,
            "Pareto of {0} by {1}, {2} to {3}",
            &["{1}", "b", "c", "d"],
        );
        assert_eq!(told, "按b的{1}帕累托图，c 至 d");
        assert_eq!(
            word(Language::Spanish, "return_to_supplier"),
            "devolver al proveedor"
        );
        assert_eq!(word(Language::Chinese, "WELD-CRACK"), "WELD-CRACK");
        assert_eq!(tell(Language::English, "{0} days", &[]), " days");
    }
}
