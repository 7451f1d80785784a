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
const spread = (figure, width) => {
  const axis = figure.layout.xaxis;
  if (axis?.type !== "category") return figure.layout;
  const count = figure.data[0].x.length;
  const room = Math.max(1, Math.floor((width - 100) / NAME_PX));
  return { ...figure.layout, xaxis: { ...axis, tickmode: "linear", tick0: 0, dtick: Math.max(1, Math.ceil(count / room)) } };
};

function Plot({ figure, template, label, failedText }) {
  const box = useRef(null);
  const drawn = useRef({ shape: "", template: null });
  const latest = useRef(figure);
  latest.current = figure;
  const [state, setState] = useState("loading");
  const navigate = useNavigate();
  const go = useRef(navigate);
  go.current = navigate;

  useEffect(() => {
    let gone = false;
    library.then(
      (Plotly) => {
        if (gone) return;
        const shape = shapeOf(figure);
        const before = drawn.current;
        const eases = before.shape === shape && before.template === template && !isCalm();
        const layout = { ...spread(figure, box.current.offsetWidth), template, autosize: true, datarevision: Math.random() };
        if (eases) layout.transition = { duration: EASE_MS, easing: "cubic-in-out" };
        Plotly.react(box.current, structuredClone(figure.data), structuredClone(layout), CONFIG).then(() => {
          if (!gone) setState("ready");
        });
        if (!before.shape) {
          box.current.on("plotly_click", (event) => {
            const href = hrefOf(event);
            if (href) go.current(href);
          });
          box.current.on("plotly_hover", () => box.current?.classList.add("plot-pointed"));
          box.current.on("plotly_unhover", () => box.current?.classList.remove("plot-pointed"));
        }
        drawn.current = { shape, template };
      },
      () => setState("failed"),
    );
    return () => {
      gone = true;
    };
  }, [figure, template]);

  useEffect(() => {
    const node = box.current;
    let frame = 0;
    const watcher = new ResizeObserver(() => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => {
        if (!drawn.current.shape || !node.offsetWidth) return;
        const { dtick } = spread(latest.current, node.offsetWidth).xaxis ?? {};
        library.then((Plotly) => (dtick ? Plotly.relayout(node, { "xaxis.dtick": dtick, autosize: true }) : Plotly.Plots.resize(node)));
      });
    });
    watcher.observe(node);
    return () => {
      cancelAnimationFrame(frame);
      watcher.disconnect();
      library.then((Plotly) => Plotly.purge(node), () => {});
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
          <Plot figure={chart.figure} template={template} label={`${title}: ${chart.summary}`} failedText={failedText} />
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
