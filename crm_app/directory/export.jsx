// The export of the list: what is ticked is the browser's own until it is sent.
import { useState } from "react";

const address = () => window.location.search.slice(1);
const fill = (text, n) => text.replace("{n}", n.toLocaleString("en-US"));

// The dialog's trigger, to which it gives the focus back: what it needs for that comes as further props.
export function ExportButton({ label, onOpen, onClick, children, ...trigger }) {
  const open = (event) => {
    onClick?.(event);
    onOpen(address());
  };
  return (
    <button {...trigger} type="button" className="button export-button" aria-label={label} title={label} onClick={open}>
      {children}
      <span className="hide-phone">{label}</span>
    </button>
  );
}

function Choice({ name, legend, choices, value, onChoose }) {
  return (
    <fieldset className="export-part">
      <legend className="field-label">{legend}</legend>
      <div className="row row-wrap export-choices">
        {choices.map(([key, label]) => (
          <label key={key} className="check-line">
            <input type="radio" name={name} value={key} checked={value === key} onChange={() => onChoose(key)} />
            {label}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

export function ExportForm({ offer, texts, onStart, children }) {
  const [rows, setRows] = useState(offer.ticked ? "ticked" : offer.narrowed ? "filter" : "all");
  const [format, setFormat] = useState("xlsx");
  const [full, setFull] = useState(false);
  const [ticked, setTicked] = useState(() => new Set(offer.fields.map((field) => field.key)));
  const [sent, setSent] = useState(false);
  const keys = offer.fields.map((field) => field.key).filter((key) => ticked.has(key));
  const tick = (key) => {
    const next = new Set(ticked);
    if (!next.delete(key)) next.add(key);
    setTicked(next);
  };
  const quick = [
    [texts.tickAll, () => true],
    [texts.tickNone, () => false],
    [texts.tickColumns, (field) => field.column],
  ];
  const start = (event) => {
    event.preventDefault();
    // A refusal leaves the form; a second click soon after the first is none.
    if (sent || !keys.length) return;
    setSent(true);
    window.setTimeout(() => setSent(false), 1500);
    onStart(address(), rows, keys, format, full);
  };
  return (
    <form className="form-stack" onSubmit={start}>
      <Choice name="export-rows" legend={texts.rows} value={rows} onChoose={setRows}
        choices={[...(offer.ticked ? [["ticked", fill(texts.ticked, offer.ticked)]] : []), ...(offer.narrowed ? [["filter", fill(texts.filtered, offer.filtered)]] : []), ["all", fill(texts.all, offer.all)]]} />
      <fieldset className="export-part">
        <legend className="field-label">
          {texts.fields} <span className="quiet tabular">{fill(texts.chosen, keys.length)}</span>
        </legend>
        <div className="row row-wrap">
          {quick.map(([label, chosen]) => (
            <button key={label} type="button" className="button button-small" onClick={() => setTicked(new Set(offer.fields.filter(chosen).map((field) => field.key)))}>
              {label}
            </button>
          ))}
        </div>
        {/* Focusable, so that it scrolls by keys. */}
        <div className="export-fields" role="group" aria-label={texts.fields} tabIndex={0}>
          {offer.fields.map((field) => (
            <label key={field.key} className="check-line">
              <input type="checkbox" checked={ticked.has(field.key)} onChange={() => tick(field.key)} />
              <span className="cut">{field.label}</span>
            </label>
          ))}
        </div>
      </fieldset>
      <Choice name="export-format" legend={texts.format} value={format} onChoose={setFormat} choices={[["xlsx", texts.xlsx], ["csv", texts.csv], ["pdf", texts.pdf]]} />
      {offer.reveals ? (
        <div className="export-part">
          <label className="check-line">
            <input type="checkbox" checked={full} aria-describedby="export-full-help" onChange={() => setFull(!full)} />
            {texts.full}
          </label>
          <div className="field-help" id="export-full-help">{texts.fullHelp}</div>
        </div>
      ) : null}
      <div className="row dialog-foot">
        {children}
        <button type="submit" className="button button-primary" disabled={sent || !keys.length}>
          {texts.start}
        </button>
      </div>
    </form>
  );
}
