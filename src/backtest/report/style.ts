import { heatRules } from './colour.ts';

const LIGHT = `--page:#f7f7f5;--card:#fff;--ink:#191c21;--soft:#555c68;--rule:#e2e2de;--grid:#e9e9e6;--zero:#a9adb5;--main:#1d5fa8;
--bench:#6d7480;--down:#b34a10;--up:#1d5fa8;--second:#8a5a00;--faint:#9aa1ac;--pass:#0a6b57;--fail:#b3261e;
--passback:#e7f3ef;--failback:#fbeae7;--wash:#1d5fa81f;--inner:#1d5fa84a;--downwash:#b34a1029;--bar:#dfe7f1`;
const DARK = `--page:#0f1216;--card:#171b21;--ink:#e9ebee;--soft:#a5adb9;--rule:#2a3038;--grid:#252b33;--zero:#5b6471;--main:#69b1ff;
--bench:#97a0ad;--down:#f79a5b;--up:#69b1ff;--second:#e3b341;--faint:#7b8492;--pass:#5fd3b3;--fail:#ff8f86;
--passback:#15302b;--failback:#3a1d1c;--wash:#69b1ff26;--inner:#69b1ff59;--downwash:#f79a5b33;--bar:#26364a`;

/** Colours and dashes of the runs of a comparison. */
const RUNS: readonly (readonly [string, string, string])[] = [
  ['#1d5fa8', '#69b1ff', ''], ['#b34a10', '#f79a5b', '9 4'], ['#0a6b57', '#5fd3b3', '3 3'], ['#8a3a78', '#e59ad3', '12 3 3 3'],
  ['#8a5a00', '#e3b341', '6 2'], ['#3f4752', '#c3cad4', '2 4'], ['#5a3fb0', '#b7a3ff', '15 4'], ['#8c1d2f', '#ff96a5', '5 5'],
];
const runRules = (theme: 1 | 0): string => RUNS.map((r, i) => `.line.run${i}{stroke:${r[theme]}}`).join('');
const runDashes = RUNS.map((r, i) => (r[2] === '' ? '' : `.line.run${i}{stroke-dasharray:${r[2]}}`)).join('');
export const RUN_INKS = RUNS.length;

const RULES = `*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-behavior:smooth}body{margin:0;background:var(--page);color:var(--ink);
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums lining-nums}
main,header,footer,.nav{max-width:1200px;margin:0 auto;padding:0 32px}h1,h2,h3,p,dl,dd,ul,ol,figure{margin:0;padding:0}h1,h2,h3{
font-weight:600;line-height:1.25;text-wrap:balance;overflow-wrap:anywhere}a{color:var(--main);text-underline-offset:3px}:focus-visible{
outline:3px solid var(--main);outline-offset:2px;border-radius:4px}.skip{position:absolute;left:-9999px}.skip:focus{left:16px;top:12px;
background:var(--card);padding:8px 14px;z-index:9}.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);
white-space:nowrap}header{padding-top:44px}.brand{font-size:12px;letter-spacing:.14em;text-transform:uppercase;color:var(--soft);
font-weight:600}h1{font-size:34px;letter-spacing:-.02em;margin-top:6px}.lead{color:var(--soft);max-width:75ch;margin-top:8px;
overflow-wrap:anywhere}.meta{display:flex;flex-wrap:wrap;gap:4px 22px;margin-top:14px;list-style:none;color:var(--soft);font-size:14px}
.meta b{color:var(--ink);font-weight:600}.nav{margin-top:26px}.nav ul{display:flex;flex-wrap:wrap;gap:2px 20px;list-style:none;
border-block:1px solid var(--rule);padding:7px 0}.nav a{display:inline-block;padding:4px 0;min-height:28px;color:var(--soft);
text-decoration:none;font-size:14px}.nav a:hover{color:var(--main);text-decoration:underline}section{margin-top:56px}
main>section:first-child{margin-top:28px}h2{font-size:21px;letter-spacing:-.01em;margin-bottom:16px}h3{font-size:15.5px}.grid2{
display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:20px}.card,.chart{background:var(--card);border:1px solid var(--rule);
border-radius:10px;padding:20px 22px;min-width:0}
.card+.card,.chart+.chart,.chart+.card,.card+.chart,.grid2+.card,.grid2+.chart,.card+.grid2,.chart+.grid2,.grid2+.grid2{margin-top:20px}
.grid2>*+*{margin-top:0!important}.grid2>.chart{display:flex;flex-direction:column}.grid2>.chart .plot{flex:1 0 auto}.card>h3{
margin-bottom:12px}.card>p:not(.big){color:var(--soft);font-size:14px}.card>p+*{margin-top:12px}.card>h3+p{margin-top:-8px}.kpis{
display:grid;grid-template-columns:repeat(4,minmax(0,1fr));gap:1px;background:var(--rule);border:1px solid var(--rule);
border-radius:10px;overflow:hidden}.kpis>div{background:var(--card);padding:18px 22px 16px;min-width:0}.kpis dt{font-size:13px;
color:var(--soft)}.kpis dd.v{font-size:29px;font-weight:600;letter-spacing:-.02em;line-height:1.2;margin-top:3px;overflow-wrap:anywhere}
.kpis dd.s{font-size:13px;color:var(--soft);margin-top:3px}i{font-style:normal;font-size:.72em}.up{color:var(--up)}.down{
color:var(--down)}.pass{color:var(--pass)}.fail{color:var(--fail)}.pass,.fail{font-weight:600;white-space:nowrap}.pass i,.fail i{
font-size:1em}.verdict{display:flex;gap:12px;align-items:center;border-radius:10px;padding:14px 22px;font-size:17px;margin-bottom:20px;
overflow-wrap:anywhere}.verdict.ok{background:var(--passback)}.verdict.no{background:var(--failback)}.verdict.un{background:var(--card);
border:1px solid var(--rule)}.reqs{list-style:none;font-size:14.5px}.reqs li{display:grid;grid-template-columns:7em minmax(0,1fr) auto;
gap:14px;padding:8px 0;border-top:1px solid var(--rule)}.reqs li:first-child{border-top:0;padding-top:0}.reqs li>*{
overflow-wrap:anywhere}code,.mono{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;font-size:.92em;
overflow-wrap:anywhere}pre{margin:12px 0 0;padding:10px 14px;background:var(--page);border:1px solid var(--rule);border-radius:6px;
overflow-x:auto;font-size:13.5px}.facts{font-size:14px}.facts>div{display:grid;grid-template-columns:9.5em minmax(0,1fr);gap:14px;
padding:5px 0;border-top:1px solid var(--rule)}.facts>div:first-child{border-top:0}.even .facts>div{
grid-template-columns:minmax(0,22em) minmax(0,1fr)}.facts dt{color:var(--soft)}.facts dd{overflow-wrap:anywhere}.chart figcaption{
display:grid;grid-template-columns:minmax(0,1fr) fit-content(70%);gap:2px 20px;margin-bottom:18px;align-items:baseline}
.chart figcaption p{grid-column:1/-1;color:var(--soft);font-size:13.5px}.legend{grid-column:2;grid-row:1;justify-content:flex-end;
display:flex;flex-wrap:wrap;gap:2px 16px;list-style:none;font-size:13px;color:var(--soft);min-width:0}.legend li{display:flex;
align-items:center;gap:7px;min-width:0;overflow-wrap:anywhere}.legend svg{flex:none}.plot{position:relative;margin:0 6px 26px 58px;
height:220px}.plot.tall{height:350px}.plot.low{height:140px}.plot>svg{position:absolute;inset:0;width:100%;height:100%;overflow:visible}
.ys span,.xs span{position:absolute;font-size:12px;line-height:1;color:var(--soft);white-space:nowrap}.ys span{right:calc(100% + 9px);
transform:translateY(-50%)}.xs span{top:calc(100% + 9px);transform:translateX(-50%)}.xs .last{transform:translateX(-100%)}path{
fill:none;vector-effect:non-scaling-stroke}.grid{stroke:var(--grid)}.grid.zero,.axis{stroke:var(--zero)}.line{stroke-width:1.75;
stroke-linejoin:round}.line.main{stroke:var(--main)}.line.down{stroke:var(--down);stroke-width:1.25}.line.bench{stroke:var(--bench);
stroke-dasharray:5 3;stroke-width:1.4}.line.second{stroke:var(--second);stroke-dasharray:2 3}.line.faint{stroke:var(--faint);
stroke-width:1}.area{stroke:none}.area.main{fill:var(--wash)}.area.down{fill:var(--downwash)}.band{fill:var(--wash);stroke:none}
.band.inner{fill:var(--inner)}.bars{stroke:none}.bars.up,.bars.main{fill:var(--up)}.bars.down{fill:var(--down)}.train{stroke:none;
fill:var(--bench)}.test{stroke:none;fill:var(--main)}.dot{stroke-width:5;opacity:.62}.dot.win{stroke:var(--up);stroke-linecap:round}
.dot.loss{stroke:var(--down);stroke-linecap:square;stroke-width:4.2}.legend .dot{opacity:1;stroke-width:8}details{margin-top:12px;
font-size:14px}summary{cursor:pointer;color:var(--soft);font-size:13px;width:max-content;padding:3px 0;min-height:24px}summary:hover{
color:var(--main)}details[open]>summary{margin-bottom:8px}.scroll{overflow-x:auto;max-width:100%;position:relative}details .scroll{
max-height:340px;overflow:auto}table{border-collapse:collapse;width:100%;font-size:13.5px}th,td{padding:6px 12px;text-align:left;
white-space:nowrap;border-top:1px solid var(--rule);font-weight:400}th:first-child,td:first-child{padding-left:0}
th:last-child,td:last-child{padding-right:0}th:first-child{position:sticky;left:0;background:var(--card);z-index:1}thead th{
color:var(--soft);font-size:12.5px;border-top:0;vertical-align:bottom}.n{text-align:right}tbody th{font-weight:500;max-width:26em;
overflow:hidden;text-overflow:ellipsis}td.t{max-width:34em;overflow:hidden;text-overflow:ellipsis}.wrap td.t,.wrap th{
white-space:normal;min-width:11em;overflow-wrap:anywhere}.best{font-weight:650}.best i{color:var(--pass)}.heat table{
border-collapse:separate;border-spacing:3px;font-size:13px;min-width:820px;table-layout:fixed}.heat th,.heat td{padding:7px 4px;
text-align:center;border:0}.heat tbody td{border-radius:4px}.heat thead th{padding:2px}.heat td.sum{font-weight:650}
.heat th:first-child{text-align:left;width:64px}.heat.sweep table{min-width:0;width:auto;table-layout:auto}.heat.sweep td{
min-width:64px}.split{display:grid;gap:8px;font-size:14px;list-style:none}.split li{display:grid;
grid-template-columns:7em minmax(0,1fr) auto;gap:14px;align-items:center}.split .track{height:12px;display:block}.split .fillbar{
display:block;height:100%;border-radius:2px;background:var(--down);min-width:2px}.split .gain .fillbar{background:var(--up)}.split .sum{
border-top:1px solid var(--rule);padding-top:8px;font-weight:600}.list{padding-left:1.2em;font-size:14.5px;display:grid;gap:7px}
.list li{overflow-wrap:anywhere}.list li::marker{color:var(--soft)}.none{color:var(--soft);font-size:14px}.big{font-size:29px;
font-weight:600;letter-spacing:-.02em}.metrics{columns:2;column-gap:44px}.metrics>div{break-inside:avoid;margin-bottom:22px}.metrics h3{
margin-bottom:6px}.metrics th{white-space:normal;max-width:none;overflow-wrap:anywhere}.metrics td.n{width:1%;vertical-align:top}
.metrics th{vertical-align:top}.metrics small{display:block;color:var(--soft);font-size:12px;font-weight:400;overflow-wrap:anywhere}
footer{margin-top:60px;padding-bottom:48px;color:var(--soft);font-size:13px}footer p{border-top:1px solid var(--rule);padding-top:16px;
overflow-wrap:anywhere}@media(max-width:900px){.grid2{grid-template-columns:minmax(0,1fr)}.kpis{
grid-template-columns:repeat(2,minmax(0,1fr))}.metrics{columns:1}}@media(max-width:600px){main,header,footer,.nav{padding-inline:16px}
header{padding-top:26px}h1{font-size:27px}section{margin-top:42px}.card,.chart{padding:16px}.kpis>div{padding:13px 14px}.kpis dd.v{
font-size:22px}.plot{margin-left:46px}.plot.tall{height:260px}.chart figcaption{grid-template-columns:minmax(0,1fr)}.legend{
grid-column:1;grid-row:auto;justify-content:flex-start;margin-top:4px}.xs.many .odd{display:none}.facts>div{
grid-template-columns:minmax(0,1fr);gap:0}.reqs li{grid-template-columns:minmax(0,1fr) auto;gap:0 14px}.reqs li>:first-child{
grid-column:1/-1}.verdict{padding:12px 16px}.split li{grid-template-columns:5.6em minmax(0,1fr) auto;gap:10px}}
@media(prefers-reduced-motion:reduce){html{scroll-behavior:auto}}@media print{:root{color-scheme:light}body{font-size:11px}
main,header,footer{max-width:none;padding-inline:0}.nav,.skip,details{display:none}section{margin-top:26px}.card,.chart,.kpis,tr{
break-inside:avoid}h2{break-after:avoid}.plot.tall{height:240px}.plot{height:160px}.scroll{overflow:visible}.heat table{min-width:0;
font-size:9px}table{font-size:10px}*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}`;

/** The whole style sheet: dark where the reader's system is dark, except on paper. */
export const STYLE = `:root{color-scheme:light dark;${LIGHT}}${RULES}${runDashes}${runRules(0)}${heatRules('light')}
@media screen and (prefers-color-scheme:dark){:root{${DARK}}${runRules(1)}${heatRules('dark')}}`.replaceAll('\n', '');
