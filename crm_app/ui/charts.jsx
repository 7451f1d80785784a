// A chart in its frame: plotly drawn from plain data, the same figures as a table, and the way to the list behind each mark.
import { useEffect, useId, useRef, useState } from "react";
import { Link, useNavigate } from "react-router";

// Begun with the page's own script and not with the first figure, which comes over the socket meanwhile.
const library = typeof window === "undefined" ? null : import("plotly.js-basic-dist-min").then((m) => m.default ?? m);
library?.catch(() => {});

const CONFIG = { displayModeBar: false, scrollZoom: false, doubleClick: false, showTips: false, responsive: false };
const EASE_MS = 300;

const isCalm = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

const hrefOf = (event) => {
  const mark = event.points?.[0]?.customdata;
  return Array.isArray(mark) ? mark[0] : mark;
};

// What changes eases in; what appears or disappears is drawn at once: plotly can only move marks that stay.
const shapeOf = (figure) => JSON.stringify(figure.data.map((trace) => [trace.type, (trace.x ?? trace.values).length]));

// As many names of steps as there is room for, evenly: plotly lets names of categories run into each other.
const NAME_PX = 52;
const spread = (figure, { width }) => {
  const axis = figure.layout.xaxis;
  if (axis?.type !== "category") return figure.layout;
  const count = figure.data[0].x.length;
  const room = Math.max(1, Math.floor((width - 100) / NAME_PX));
  return { ...figure.layout, xaxis: { ...axis, tickmode: "linear", tick0: 0, dtick: Math.max(1, Math.ceil(count / room)) } };
};

const sizeOf = (node) => ({ width: node.offsetWidth, height: node.offsetHeight });
const isSameSize = (one, other) => one?.width === other.width && one?.height === other.height;

// What was drawn outlives its page: whoever comes back finds the figures there, and only what changed is drawn again.
const sheets = new Map();
const MOST_SHEETS = 16;

const takeSheet = (name) => {
  const kept = sheets.get(name);
  sheets.delete(name);
  if (kept) return kept;
  const node = document.createElement("div");
  node.className = "plot-sheet";
  return { node, figure: null, shape: "", template: null, size: null, go: null };
};

const keepSheet = (name, sheet) => {
  sheet.node.remove();
  library.then((Plotly) => {
    if (!sheet.shape || sheets.has(name)) return Plotly.purge(sheet.node);
    Plotly.Fx.unhover(sheet.node);
    sheets.set(name, sheet);
    if (sheets.size <= MOST_SHEETS) return undefined;
    const [oldest, { node }] = sheets.entries().next().value;
    sheets.delete(oldest);
    return Plotly.purge(node);
  }, () => {});
};

const listen = (sheet) => {
  const { node } = sheet;
  node.on("plotly_click", (event) => {
    const href = hrefOf(event);
    if (href) sheet.go(href);
  });
  node.on("plotly_hover", () => node.classList.add("plot-pointed"));
  node.on("plotly_unhover", () => node.classList.remove("plot-pointed"));
};

const draw = (Plotly, sheet, figure, template, size) => {
  const shape = shapeOf(figure);
  const eases = sheet.shape === shape && sheet.template === template && isSameSize(sheet.size, size) && !isCalm();
  const layout = { ...spread(figure, size), ...size, template, datarevision: Math.random() };
  if (eases) layout.transition = { duration: EASE_MS, easing: "cubic-in-out" };
  const done = Plotly.react(sheet.node, structuredClone(figure.data), structuredClone(layout), CONFIG);
  if (!sheet.shape) listen(sheet);
  Object.assign(sheet, { figure, shape, template, size });
  return done;
};

function Plot({ name, figure, template, label, failedText }) {
  const box = useRef(null);
  const held = useRef(null);
  const measured = useRef(null);
  const [state, setState] = useState("loading");
  const navigate = useNavigate();

  useEffect(() => {
    const sheet = takeSheet(name);
    held.current = sheet;
    box.current.append(sheet.node);
    return () => keepSheet(name, sheet);
  }, [name]);

  useEffect(() => {
    held.current.go = navigate;
  }, [name, navigate]);

  useEffect(() => {
    let gone = false;
    const sheet = held.current;
    // All figures are measured before the first is drawn: each drawing has the next measuring lay out the page again.
    const size = sizeOf(box.current);
    if (sheet.figure === figure && sheet.template === template && isSameSize(sheet.size, size)) {
      setState("ready");
      return undefined;
    }
    library.then(
      // The page may have been resized while the library came.
      (Plotly) => !gone && draw(Plotly, sheet, figure, template, measured.current ?? size).then(() => !gone && setState("ready")),
      () => setState("failed"),
    );
    return () => {
      gone = true;
    };
  }, [name, figure, template]);

  useEffect(() => {
    const node = box.current;
    let frame = 0;
    const watcher = new ResizeObserver(() => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => {
        const sheet = held.current;
        const size = sizeOf(node);
        measured.current = size.width ? size : null;
        if (!sheet.size || !size.width || isSameSize(sheet.size, size)) return;
        sheet.size = size;
        const { dtick } = spread(sheet.figure, size).xaxis ?? {};
        library.then((Plotly) => Plotly.relayout(sheet.node, dtick ? { ...size, "xaxis.dtick": dtick } : size));
      });
    });
    watcher.observe(node);
    return () => {
      cancelAnimationFrame(frame);
      watcher.disconnect();
    };
  }, []);

  return (
    <div className="plot">
      {state === "loading" ? <div className="skeleton plot-wait" aria-hidden="true" /> : null}
      {state === "failed" ? <p className="plot-failed quiet">{failedText}</p> : null}
      <div ref={box} className="plot-box" role="img" aria-label={label} data-drawn={state === "ready" ? "true" : undefined} />
    </div>
  );
}

function Figures({ heads, rows, caption }) {
  return (
    <div className="chart-scroll" tabIndex={0} role="region" aria-label={caption}>
      <table className="table chart-table">
        <thead>
          <tr>
            {heads.map((head, n) => (
              <th key={head} scope="col" className={n ? "num" : undefined}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, n) => (
            <tr key={n}>
              <th scope="row">{row.href ? <Link className="link" to={row.href}>{row.cells[0]}</Link> : row.cells[0]}</th>
              {row.cells.slice(1).map((cell, k) => (
                <td key={k} className="num">
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Legend({ rows, label }) {
  return (
    <ul className="chart-legend" aria-label={label}>
      {rows.map((row, n) => (
        <li key={n}>
          <Link to={row.href} className="chart-legend-line">
            <span className="chart-swatch" style={{ background: row.color }} aria-hidden="true" />
            <span className="cut">{row.cells[0]}</span>
            <span className="num">{row.cells[1]}</span>
            <span className="num quiet">{row.cells[2]}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

export function ChartCard(props) {
  const { title, basis, chart, template, height, emptyText, tableLabel, chartLabel, failedText, className, children } = props;
  const [asTable, setAsTable] = useState(false);
  const id = useId();
  const rows = chart?.rows ?? [];
  const body = { height: `${height}px` };
  return (
    <section className={`card chart ${className ?? ""}`} aria-labelledby={id}>
      <header className="chart-head">
        <h2 id={id} className="chart-title">
          {title}
        </h2>
        {basis ? <span className="quiet small cut">{basis}</span> : null}
        <span className="chart-tools">
          {children}
          {rows.length ? (
            <button
              type="button"
              className="icon-button icon-button-small"
              aria-pressed={asTable}
              aria-label={`${title} ${asTable ? chartLabel : tableLabel}`}
              title={asTable ? chartLabel : tableLabel}
              onClick={() => setAsTable(!asTable)}
            >
              {asTable ? <ChartIcon /> : <TableIcon />}
            </button>
          ) : null}
        </span>
      </header>
      {!rows.length ? (
        <div className="chart-body chart-empty quiet" style={body}>
          <ChartIcon size={24} />
          {emptyText}
        </div>
      ) : asTable ? (
        <div className="chart-body" style={body}>
          <Figures heads={chart.heads} rows={rows} caption={title} />
        </div>
      ) : (
        <div className={`chart-body ${chart.legend ? "chart-with-legend" : ""}`} style={body}>
          <Plot name={title} figure={chart.figure} template={template} label={`${title}: ${chart.summary}`} failedText={failedText} />
          {chart.legend ? <Legend rows={rows} label={title} /> : null}
        </div>
      )}
    </section>
  );
}

const ICON = { width: 16, height: 16, viewBox: "0 0 24 24", fill: "none", stroke: "currentColor", strokeWidth: 1.75, strokeLinecap: "round", strokeLinejoin: "round", "aria-hidden": true };

// The same drawings as lucide's table-2 and chart-column, which only Python's side can import.
const TableIcon = () => (
  <svg {...ICON}>
    <path d="M9 3H5a2 2 0 0 0-2 2v4m6-6h10a2 2 0 0 1 2 2v4M9 3v18m0 0h10a2 2 0 0 0 2-2V9M9 21H5a2 2 0 0 1-2-2V9m0 0h18" />
  </svg>
);
const ChartIcon = ({ size = 16 }) => (
  <svg {...ICON} width={size} height={size}>
    <path d="M3 3v16a2 2 0 0 0 2 2h16M18 17V9M13 17V5M8 17v-3" />
  </svg>
);
