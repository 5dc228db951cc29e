//! The colours of drawings: told apart by those who do not tell red from green, and in the dark.

/// The style sheet of every drawing.
pub(super) const SHEET: &str = "\
svg{--paper:#fff;--ink:#1f2328;--faint:#d0d7de;--quiet:#57606a;--data:#0969da;--limit:#9a6700;--alarm:#b3261e}\
@media(prefers-color-scheme:dark){svg{--paper:#0d1117;--ink:#e6edf3;--faint:#30363d;--quiet:#9198a1;--data:#58a6ff;\
--limit:#d29922;--alarm:#ff7b72}}\
text{font:12px system-ui,sans-serif;fill:var(--quiet)}\
.heading{font-size:15px;font-weight:600;fill:var(--ink)}\
.paper{fill:var(--paper)}\
path{fill:none;stroke-width:1}\
.axis{stroke:var(--quiet)}\
.grid{stroke:var(--faint)}\
.center{stroke:var(--ink)}\
.limit{stroke:var(--limit);stroke-dasharray:6 3}\
.data{stroke:var(--data);stroke-width:1.5}\
.bar{fill:var(--data)}\
.point{fill:var(--data)}\
.signal{fill:var(--alarm)}\
.excluded{fill:var(--paper);stroke:var(--quiet)}\
.rule{font-weight:600;fill:var(--alarm)}\
.s0{fill:#0072b2}.s1{fill:#e69f00}.s2{fill:#009e73}.s3{fill:#cc79a7}.s4{fill:#56b4e9}\
.l0{stroke:#0072b2;stroke-width:1.5}.l1{stroke:#e69f00;stroke-width:1.5}.l2{stroke:#009e73;stroke-width:1.5}\
.l3{stroke:#cc79a7;stroke-width:1.5}.l4{stroke:#56b4e9;stroke-width:1.5}";
