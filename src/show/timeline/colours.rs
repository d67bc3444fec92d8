//! How the elements of a picture look, by class.

/// Colours print as greys that differ, and nothing rests on them. A document around it may set others for a dark screen.
pub const STYLE: &str = "\
text{font-family:'DejaVu Sans Mono',Menlo,Consolas,'Liberation Mono',monospace;font-size:12px;fill:var(--ink,#111)}\
.title{font-size:20px;font-weight:bold}\
.small{font-size:10px}\
.in{font-size:10px;fill:var(--on-solid,#fff)}\
.on{font-size:10px;fill:var(--on-light,#111)}\
.paper{fill:var(--paper,#fff)}\
.grid{stroke:var(--grid,#d5d5d5);stroke-width:.7}\
.axis{stroke:var(--line,#333);stroke-width:1}\
.edge{stroke:var(--line,#333);stroke-width:1;stroke-dasharray:5 3}\
.zebra{fill:var(--zebra,#f4f4f2)}\
.solid{fill:var(--solid,#1f3d63);stroke:var(--solid,#1f3d63);stroke-width:.8}\
.light{fill:var(--light,#b9c9de);stroke:var(--solid,#1f3d63);stroke-width:.8}\
.end{stroke:var(--ink,#111);stroke-width:2.4}\
.ring{fill:var(--paper,#fff);stroke:var(--ink,#111);stroke-width:1.4}\
.arrow{fill:var(--ink,#111)}\
.restriction{fill:#b23b2a;fill-opacity:.13}\
.band{fill:var(--paper,#fff);stroke:var(--line,#333);stroke-width:1}\
.mark{stroke:var(--ink,#111);stroke-width:1.6}\
.pick{fill:#fff;fill-opacity:0}";
