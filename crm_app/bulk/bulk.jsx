// What is to become of the ticked rows: chosen in the browser, sent as one.
import { useState } from "react";

const PLAIN = new Set(["line", "day"]);

function Value({ field, value, onValue, places, path, onPick, texts, invalid }) {
  const shared = { id: "bulk-value", className: "input", value, "aria-invalid": invalid || undefined, "aria-describedby": invalid ? "bulk-problem" : undefined };
  const type = (event) => onValue(event.target.value);
  if (field.kind === "select")
    return (
      <select {...shared} onChange={type}>
        <option value="">{field.required ? texts.choose : texts.empty}</option>
        {field.options.map((one) => (
          <option key={one.value} value={one.value}>{one.label}</option>
        ))}
      </select>
    );
  if (field.kind === "area") return <textarea {...shared} rows={3} onChange={type} />;
  if (PLAIN.has(field.kind)) return <input {...shared} type={field.kind === "day" ? "date" : "text"} autoComplete="off" onChange={type} />;
  if (field.kind === "many") {
    const ticked = new Set(value.split(",").filter(Boolean));
    return <Ticks name={texts.value} options={field.options} ticked={ticked} onTicked={(next) => onValue([...next].join(","))} />;
  }
  // One list a level: the way down to the place that is picked.
  return (
    <div className="row row-wrap bulk-places">
      {places.map((level, index) => (
        <select key={index} id={index ? undefined : "bulk-value"} className="input" aria-label={texts.value} value={path[index] ?? ""}
          onChange={(event) => {
            const code = event.target.value || (index ? path[index - 1] : "");
            onPick(code);
            onValue(code);
          }}>
          <option value="">{index ? texts.choose : texts.empty}</option>
          {level.map((one) => (
            <option key={one.value} value={one.value}>{one.label}</option>
          ))}
        </select>
      ))}
    </div>
  );
}

function Ticks({ name, options, ticked, onTicked }) {
  const tick = (value) => {
    const next = new Set(ticked);
    if (!next.delete(value)) next.add(value);
    onTicked(next);
  };
  return (
    <div className="bulk-ticks" role="group" aria-label={name} tabIndex={0}>
      {options.map((one) => (
        <label key={one.value} className="check-line">
          <input type="checkbox" checked={ticked.has(one.value)} onChange={() => tick(one.value)} />
          <span className="cut">{one.label}</span>
        </label>
      ))}
    </div>
  );
}

export function BulkForm({ offer, places, path, problem, texts, onLook, onPick, children }) {
  const [key, setKey] = useState(offer.fields[0]?.key ?? "");
  const [value, setValue] = useState("");
  const [find, setFind] = useState("");
  const [add, setAdd] = useState(new Set());
  const [remove, setRemove] = useState(new Set());
  const [sent, setSent] = useState(false);
  const field = offer.fields.find((one) => one.key === key);
  const fits = offer.what !== "owner" || value;
  const send = (event) => {
    event.preventDefault();
    if (sent || !fits) return;
    setSent(true);
    window.setTimeout(() => setSent(false), 1000);
    onLook(field?.key ?? "", value, [...add].map(Number), [...remove].map(Number));
  };
  const shown = offer.choices.filter((one) => one.label.toLowerCase().includes(find.trim().toLowerCase()));
  return (
    <form className="form-stack" onSubmit={send} noValidate>
      {offer.what === "field" ? (
        <>
          <div className="field">
            <label className="field-label" htmlFor="bulk-field">{texts.field}</label>
            <select id="bulk-field" className="input" value={key} onChange={(event) => { setKey(event.target.value); setValue(""); onPick(""); }}>
              {offer.fields.map((one) => (
                <option key={one.key} value={one.key}>{one.label}</option>
              ))}
            </select>
          </div>
          <div className="field">
            <label className="field-label" htmlFor="bulk-value">{texts.value}</label>
            {field ? <Value key={key} {...{ field, value, places, path, onPick, texts }} invalid={Boolean(problem)} onValue={setValue} /> : null}
            {field?.help ? <div className="field-help">{field.help}</div> : null}
          </div>
        </>
      ) : null}
      {offer.what === "owner" ? (
        <div className="field">
          <label className="field-label" htmlFor="bulk-owner">{texts.owner}</label>
          <select id="bulk-owner" className="input" value={value} onChange={(event) => setValue(event.target.value)}>
            <option value="">{texts.choose}</option>
            {offer.choices.map((one) => (
              <option key={one.value} value={one.value}>{one.label}</option>
            ))}
          </select>
        </div>
      ) : null}
      {offer.what === "tags" ? (
        <>
          {offer.choices.length > 8 ? <input className="input" type="search" aria-label={texts.findTag} placeholder={texts.findTag} value={find} onChange={(event) => setFind(event.target.value)} /> : null}
          <div className="bulk-columns">
            {[[texts.addTags, add, setAdd], [texts.removeTags, remove, setRemove]].map(([name, ticked, put]) => (
              <fieldset key={name} className="export-part">
                <legend className="field-label">{name}</legend>
                <Ticks name={name} options={shown} ticked={ticked} onTicked={put} />
              </fieldset>
            ))}
          </div>
        </>
      ) : null}
      {problem ? <div className="field-error" id="bulk-problem" role="alert">{problem}</div> : null}
      <div className="row dialog-foot">
        {children}
        <button type="submit" className="button button-primary" disabled={sent || !fits}>{sent && !problem ? texts.looking : texts.look}</button>
      </div>
    </form>
  );
}
