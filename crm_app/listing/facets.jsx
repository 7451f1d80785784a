// The open filters of a list: a row for each quick field with all its values, of which one click sets each.
import { useEffect, useId, useRef, useState, useSyncExternalStore } from "react";
import { ask, Icon, PATHS } from "./parts.jsx";

// The same width as in list.css, which keeps the place while the page loads.
const WIDE = "(min-width: 1024px)";
// The height of one line of values, in list.css.
const LINE_PX = 26;
const useWide = () =>
  useSyncExternalStore(
    (listener) => {
      const query = window.matchMedia(WIDE);
      query.addEventListener("change", listener);
      return () => query.removeEventListener("change", listener);
    },
    () => window.matchMedia(WIDE).matches,
    () => false,
  );

// Whether the rows are there: as the person chose, and before he did, where there is room.
export const useOpen = (kept, onKeep) => {
  const wide = useWide();
  const [chosen, setChosen] = useState("");
  const open = (chosen || kept || (wide ? "open" : "closed")) === "open";
  const toggle = () => {
    setChosen(open ? "closed" : "open");
    onKeep(!open);
  };
  return [open, toggle];
};

export function FacetsButton({ id, open, onToggle, texts }) {
  return (
    <button type="button" className="quick" aria-expanded={open} aria-controls={open ? id : undefined} onClick={onToggle}>
      <Icon size={14} path={PATHS.funnel} />
      {texts.quick}
      <Icon size={14} path={open ? PATHS.up : PATHS.down} />
    </button>
  );
}

// One stop of the Tab key; the arrows walk within. What doesn't fit in one line is unfolded.
function Facet({ quick, active, onToggle, texts }) {
  const id = useId();
  const box = useRef(null);
  const [at, setAt] = useState("");
  const [folds, setFolds] = useState(false);
  const [all, setAll] = useState(false);
  useEffect(() => {
    const observer = new ResizeObserver(() => setFolds(box.current.scrollHeight > LINE_PX * 1.5));
    observer.observe(box.current);
    return () => observer.disconnect();
  }, [quick]);
  const codes = [...quick.values, ...quick.grid.flat()].map((choice) => choice.code);
  const stop = codes.includes(at) ? at : codes[0];
  const walk = (event) => {
    const buttons = [...box.current.querySelectorAll("button")];
    const here = buttons.indexOf(document.activeElement);
    const next = { ArrowRight: here + 1, ArrowLeft: here - 1 + buttons.length, Home: 0, End: buttons.length - 1 }[event.key];
    if (next === undefined || here < 0) return;
    event.preventDefault();
    buttons[next % buttons.length].focus();
  };
  const seen = (event, code) => {
    setAt(code);
    if (event.currentTarget.offsetTop - box.current.offsetTop > LINE_PX && box.current.clientHeight <= LINE_PX) setAll(true);
  };
  const button = (choice, text, full) => (
    <button
      key={choice.code}
      type="button"
      className={full ? "facet-button facet-quarter" : "facet-button"}
      aria-pressed={active.has(choice.code)}
      aria-label={full}
      title={full}
      tabIndex={choice.code === stop ? 0 : -1}
      onFocus={(event) => seen(event, choice.code)}
      onClick={() => ask(() => onToggle(quick.field, choice.code))}
    >
      {choice.color ? <span className={`dot c-${choice.color}`} /> : null}
      {text}
    </button>
  );
  return (
    <div className={all ? "facet all" : "facet"} role="group" aria-labelledby={id}>
      <span id={id} className="facet-name cut">{quick.label}</span>
      <div ref={box} className="facet-values" onKeyDown={walk}>
        {quick.values.map((choice) => button(choice, choice.label.charAt(0).toUpperCase() + choice.label.slice(1)))}
        {quick.grid.map((line) => (
          <span key={line[0].code} className="facet-year">
            <span className="small quiet">{line[0].code.slice(0, 4)}</span>
            {line.map((choice) => button(choice, choice.code.slice(4), choice.label))}
          </span>
        ))}
      </div>
      {folds ? (
        <button type="button" className="facet-button facet-more" aria-expanded={all} onClick={() => setAll(!all)}>
          {texts.more}
          <Icon size={12} path={all ? PATHS.up : PATHS.down} />
        </button>
      ) : null}
    </div>
  );
}

export function Facets({ id, quick, activeOf, onToggle, texts }) {
  return (
    <div id={id} className="facets">
      {quick.map((one) => (
        <Facet key={one.field} quick={one} active={activeOf(one)} onToggle={onToggle} texts={texts} />
      ))}
    </div>
  );
}
