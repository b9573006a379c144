import { NARROWEST } from './scale.ts';

const LIGHT = `--bg:#fff;--card:#f6f7f9;--fg:#1c2127;--muted:#5a6470;--line:#d5dae0;--ok:#8fcaa0;--pass:#146c2e;--slow:#b26a00;--fail:#c4201d;--alarm:#fdecea;--quiet:#fff6e0;--vip:#1f5fbf;--on-vip:#fff;--master:#3b4652;--on-master:#fff;--backup:#e4e8ed;--hatch:#e9a29f;--guess:#93a1b3`;
const DARK = `--bg:#11151a;--card:#191f26;--fg:#e4e8ee;--muted:#9aa6b4;--line:#323b46;--ok:#2f6f43;--pass:#5ac77d;--slow:#e0a030;--fail:#ff6b61;--alarm:#3a1a1a;--quiet:#332a14;--vip:#6ba6ff;--on-vip:#0b1220;--master:#b9c4d1;--on-master:#11151a;--backup:#2a323c;--hatch:#8c3a37;--guess:#617186`;

const PAGE = `
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--fg);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",sans-serif;overflow-wrap:anywhere}
main{max-width:62rem;margin:0 auto;padding:1.5rem 1rem 4rem}
h1{font-size:1.7rem;line-height:1.25;margin:.1rem 0 .4rem}
h2{font-size:1.25rem;margin:2.2rem 0 .6rem}
h3{font-size:1.08rem;margin:0 0 .3rem}
p{margin:.3rem 0}
a{color:inherit;text-decoration-color:var(--guess);text-underline-offset:.15em}
small{display:block;color:var(--muted);font-size:.8rem;font-weight:400}
.muted{color:var(--muted);font-size:.87rem}
.eyebrow{color:var(--muted);letter-spacing:.08em;text-transform:uppercase;font-size:.75rem}
h1.pass{color:var(--pass)}
h1.broken{color:var(--fail)}
.where{color:var(--muted);font-weight:400;font-size:.9rem}
.badge{white-space:nowrap;font-size:.8rem;font-weight:600;border:1px solid var(--line);border-radius:1rem;padding:.1rem .55rem;color:var(--muted)}
.badge.pass{color:var(--pass);border-color:currentColor}
.badge.broken{color:var(--bg);background:var(--fail);border-color:var(--fail)}
.notice{border-left:4px solid var(--slow);background:var(--quiet);padding:.6rem .9rem;margin:.8rem 0;border-radius:0 4px 4px 0}
.notice.alarm{border-color:var(--fail);background:var(--alarm)}
.notice h2{font-size:1rem;margin:0}
.notice ul{margin:.2rem 0 0;padding-left:1.1rem}
`;

const TABLES = `
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:left;vertical-align:top;padding:.4rem .6rem .4rem 0;border-bottom:1px solid var(--line)}
thead th{font-size:.8rem;color:var(--muted);font-weight:600}
tbody th{font-weight:600}
.overview .wide{width:38%;min-width:9rem}
.nowrap,.overview th a,.overview td b{white-space:nowrap}
.overview td:nth-child(4){min-width:4.5rem}
.overview th.group{padding-top:1rem;font-size:1rem}
.overview td:last-child,.overview th:last-child{padding-right:0}
.overview tr.broken{background:var(--alarm)}
.overview tr.skipped td{color:var(--muted)}
.plain{font-size:.85rem;margin:.8rem 0}
.plain caption{text-align:left;font-weight:600;padding:.2rem 0}
.plain td,.plain th{padding:.2rem .6rem .2rem 0}
`;

const SCENARIOS = `
.scenario{border:1px solid var(--line);border-radius:6px;padding:1rem;margin:1rem 0}
.scenario:target{outline:2px solid var(--vip)}
.findings{margin:.5rem 0;padding:.5rem .9rem .5rem 1.9rem;background:var(--card);border-radius:4px}
.findings.broken{background:var(--alarm)}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.4rem,1fr));gap:.6rem 1rem;margin:.8rem 0}
.figures dt{font-size:.8rem;color:var(--muted)}
.figures dd{margin:0;font-variant-numeric:tabular-nums}
.figures b{font-size:1.15rem}
figure{margin:0 0 1rem}
figcaption{margin-top:.4rem}
.scroll{overflow-x:auto}
details{margin-top:.6rem}
summary{cursor:pointer;color:var(--muted);font-size:.87rem}
.legend{border:1px solid var(--line);border-radius:6px;padding:.6rem 1rem;margin:2rem 0 0}
.legend ul{list-style:none;margin:.5rem 0;padding:0;display:grid;grid-template-columns:repeat(auto-fill,minmax(14rem,1fr));gap:.15rem 1rem;font-size:.87rem}
.legend li{display:flex;gap:.6rem;align-items:center}
.legend svg{flex:none}
`;

const DRAWINGS = `
svg{display:block;font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",sans-serif}
.defs{position:absolute}
.topology{max-width:100%;height:auto}
.timeline{min-width:${NARROWEST}px;overflow:visible}
text{fill:var(--fg)}
text.label{fill:var(--muted)}
.timeline text.label{paint-order:stroke;stroke:var(--bg);stroke-width:3px;stroke-linejoin:round}
text.name{font-weight:600}
.rail,.tick{stroke:var(--line)}
.ok{fill:var(--ok)}
.slow{fill:var(--slow);stroke:var(--slow);vector-effect:non-scaling-stroke}
.failed{fill:var(--fail);stroke:var(--fail);vector-effect:non-scaling-stroke}
.hover{fill:transparent}
.measured{fill:var(--fg)}
.measured.broken{fill:var(--fail)}
.beyond{fill:var(--bg);font-size:10px}
.predicted{fill:var(--guess)}
.perhaps{fill:url(#hatch-perhaps);stroke:var(--guess);stroke-width:.5}
.expected{stroke:var(--guess);stroke-width:2}
.limit{stroke:var(--fail);stroke-width:1.5;stroke-dasharray:3 2}
.master{fill:var(--master)}
.backup{fill:var(--backup)}
.fault{fill:url(#hatch-fault);stroke:var(--fail)}
.init{fill:var(--backup);stroke:var(--slow);stroke-dasharray:4 2}
.off{fill:none;stroke:var(--muted);stroke-dasharray:3 3}
.unseen{fill:url(#hatch-unseen)}
.on-master{fill:var(--on-master)}
.vip{fill:var(--vip)}
.on-vip{fill:var(--on-vip);font-size:10px;font-weight:600}
.shared{fill:url(#hatch-shared)}
text.on-shared{fill:var(--fail);font-weight:600;paint-order:stroke;stroke:var(--bg);stroke-width:4px;stroke-linejoin:round}
.line-fault{stroke:var(--fail);stroke-width:1.5}
.line-repair{stroke:var(--vip);stroke-width:1.5;stroke-dasharray:6 3}
.line-ok{stroke:var(--pass);stroke-width:1.5;stroke-dasharray:2 3}
.mark-fault{fill:var(--fail);font-weight:600}
.mark-repair{fill:var(--vip);font-weight:600}
.mark-ok{fill:var(--pass);font-weight:600}
.hatch-fault-back,.hatch-perhaps-back,.hatch-shared-back,.hatch-unseen-back{fill:none}
.hatch-fault-line{fill:var(--hatch)}
.hatch-perhaps-line{fill:var(--guess)}
.hatch-shared-line{fill:var(--hatch);opacity:.8}
.hatch-unseen-line{fill:var(--line)}
.box{fill:var(--card);stroke:var(--line)}
.vip-box{stroke:var(--vip);stroke-width:1.5}
.edge{fill:none;stroke:var(--muted);stroke-width:1.2}
.edge.first{stroke:var(--vip);stroke-width:2.5}
.edge.next,.edge.ssh{stroke-dasharray:5 4}
`;

const SCREENS = `
@media screen and (max-width:40rem){
.topology{max-width:none}
main{padding:1rem .7rem 3rem}
h1{font-size:1.35rem}
.roomy{display:none}
.overview thead small{font-size:.7rem}
.overview td:nth-child(4){min-width:0}
.overview thead th:nth-child(1){width:32%}
.overview thead th:nth-child(2){width:27%}
.overview thead th:nth-child(4){width:17%}
.overview{font-size:.87rem;table-layout:fixed}
.overview th,.overview td{padding-right:.3rem}
.overview .nowrap,.overview th a{white-space:normal}
.badge{padding:.1rem .35rem;font-size:.72rem}
.legend ul{grid-template-columns:1fr 1fr;font-size:.8rem}
.legend li{gap:.4rem}
.scenario{padding:.7rem}
.figures{grid-template-columns:1fr 1fr}
}
@media print{
@page{size:A4;margin:14mm}
html{font-size:12px}
body{font-size:9.5pt;print-color-adjust:exact;-webkit-print-color-adjust:exact}
main{max-width:none;padding:0}
.scenario,figure,.notice,tbody,tr,.legend{break-inside:avoid}
svg{font-size:10px}
h2,h3,thead{break-after:avoid}
thead{display:table-header-group}
.scroll{overflow:visible}
.topology{max-width:100%;height:auto}
.timeline{min-width:0}
details:not([open]){display:none}
a{text-decoration:none}
}`;

/** The page's style sheet. Print is always light; the dark is for screens that ask for it. */
export const STYLES = `:root{color-scheme:light;${LIGHT}}
@media screen and (prefers-color-scheme:dark){:root{color-scheme:dark;${DARK}}}${PAGE}${TABLES}${SCENARIOS}${DRAWINGS}${SCREENS}`;
