// What the import's page does in the browser: sends the file over HTTP, and selects and cells that answer at once.
import { useEffect, useId, useRef, useState } from "react";

const send = (file, onProgress) =>
  new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/api/imports");
    request.setRequestHeader("content-type", "application/octet-stream");
    request.setRequestHeader("x-file-name", encodeURIComponent(file.name));
    request.responseType = "json";
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onload = () => resolve({ ok: request.status === 201, body: request.response ?? {} });
    request.onerror = () => resolve({ ok: false, body: {} });
    request.send(file);
  });

export function Upload({ texts, most, onReceived }) {
  const [busy, setBusy] = useState(null);
  const [over, setOver] = useState(false);
  const [message, setMessage] = useState("");
  const input = useRef(null);
  const id = useId();
  const take = async (file) => {
    if (!file || busy) return;
    if (file.size > most * 1024 * 1024) return setMessage(texts.large);
    setMessage("");
    setBusy({ name: file.name, part: 0 });
    const answer = await send(file, (part) => setBusy({ name: file.name, part }));
    setBusy(null);
    if (input.current) input.current.value = "";
    if (answer.ok) onReceived(answer.body.id);
    else setMessage(answer.body.text || texts.failed);
  };
  const drop = (event) => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer.files?.[0]);
  };
  return (
    <div className="stack">
      <div
        className="drop"
        data-over={over}
        onDragOver={(event) => { event.preventDefault(); setOver(true); }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <input ref={input} id={id} className="sr drop-input" type="file" accept=".xlsx,.csv,.txt,.tsv,.xlsm" disabled={!!busy} onChange={(event) => take(event.target.files?.[0])} />
        <label htmlFor={id} className="button button-primary">{texts.choose}</label>
        <span className="quiet small">{texts.hint}</span>
      </div>
      {busy ? (
        <div className="stack" role="status">
          <span className="small cut">{busy.part < 1 ? texts.sending : texts.reading} {busy.name}</span>
          <progress className="progress" aria-label={texts.sending} max={1} value={busy.part < 1 ? busy.part : undefined} />
        </div>
      ) : null}
      {message ? <div className="form-message" role="alert">{message}</div> : null}
    </div>
  );
}

// A select that shows what was chosen at once; the server's answer follows.
export function Choose({ value, groups, label, placeholder, invalid, onChoose }) {
  const [wanted, setWanted] = useState(null);
  useEffect(() => setWanted(null), [value]);
  const choose = (event) => {
    setWanted(event.target.value);
    onChoose(event.target.value);
  };
  const lines = (choices) => choices.map((one) => <option key={one.value} value={one.value}>{one.label}</option>);
  return (
    <select className="input" aria-label={label} aria-invalid={invalid || undefined} value={wanted ?? value} onChange={choose}>
      {placeholder ? <option value="">{placeholder}</option> : null}
      {groups.map((group) => (group.label ? <optgroup key={group.label} label={group.label}>{lines(group.choices)}</optgroup> : lines(group.choices)))}
    </select>
  );
}

// A cell of the file: sent when it is left or with Enter; Esc brings back what stood there.
export function CellInput({ value, label, edited, onCorrect }) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const done = () => text !== value && onCorrect(text);
  const keys = (event) => {
    if (event.key === "Enter") event.currentTarget.blur();
    if (event.key === "Escape") setText(value);
  };
  return (
    <input className="input import-cell" data-edited={edited} aria-label={label} value={text} maxLength={2000} onChange={(event) => setText(event.target.value)} onBlur={done} onKeyDown={keys} />
  );
}

// One of a few answers, shown as chosen at once.
export function Answers({ value, name, legend, choices, onChoose }) {
  const [wanted, setWanted] = useState(null);
  useEffect(() => setWanted(null), [value]);
  const choose = (code) => {
    setWanted(code);
    onChoose(code);
  };
  return (
    <fieldset className="import-policy">
      <legend className="field-label">{legend}</legend>
      <div className="row row-wrap gap-4">
        {choices.map((one) => (
          <label key={one.value} className="check-line">
            <input type="radio" name={name} value={one.value} checked={(wanted ?? value) === one.value} onChange={() => choose(one.value)} />
            {one.label}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
