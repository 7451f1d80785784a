// The form of a new or of an edited customer, as far as the browser plays it alone: what is typed is read from the fields themselves
// and sent whole, so the server needs to remember nothing of it, and a restart of the server costs nothing.
import { useEffect, useRef, useState } from "react";
import { useNavigate } from "react-router";

const PAUSE_MS = 180;
const FIRST_ROWS = [0];
const MOST_ASKED = 50;
// Of a new record: what is carried to its form was begun on that, so what others changed since is still told.
const FIRST_VERSION = 1;

const storage = () => window.sessionStorage;
const draftKeys = (draft) => Object.keys(storage()).filter((key) => key.startsWith(`draft:${draft}:`));
const read = (key) => {
  try {
    return JSON.parse(storage().getItem(key));
  } catch {
    return null;
  }
};
const write = (key, value) => {
  try {
    storage().setItem(key, JSON.stringify(value));
  } catch {
    // A full or forbidden storage costs the draft only.
  }
};

const collect = (form) => {
  const typed = {};
  for (const [name, value] of new FormData(form)) if (typeof value === "string") typed[name] = value;
  return typed;
};

// Holds the fields, the rows of contacts and the drafts; sends the whole form after each pause, and again whenever the
// server may have forgotten it (`resendOn`). Leaves for `saved` when that says where the new record is.
export function LiveForm({
  id, draft, resendOn, answer, saved, savedForm, carried, carryTo, keep, restoredText, clearText, removeText, version,
  onCheck, onSave, onGoOn, onClear, className, children,
}) {
  const form = useRef(null);
  const navigate = useNavigate();
  const [rows, setRows] = useState(FIRST_ROWS);
  const [generation, setGeneration] = useState(0);
  const [restored, setRestored] = useState(false);
  const left = useRef(new Set());
  const sent = useRef("");
  const timer = useRef(null);
  const latest = useRef({});
  latest.current = { onCheck, onSave, onGoOn, onClear };
  const asked = useRef(new Map()); // By its number: what was sent, to know whether an answer is about what is there now.
  const rowsKey = `draft:${draft}:rows`;
  // What is typed belongs to the version that it was begun on, also when a reload brings a newer one.
  const versionKey = `draft:${draft}:version`;
  const [begun, setBegun] = useState(null);

  const numbered = (typed) => {
    const known = asked.current;
    const number = `${Date.now()}-${known.size}`;
    known.set(number, JSON.stringify(typed));
    if (known.size > MOST_ASKED) known.delete(known.keys().next().value);
    return { ...typed, asked: number };
  };
  const check = (force) => {
    window.clearTimeout(timer.current);
    if (!form.current) return;
    const typed = collect(form.current);
    const stamp = JSON.stringify([typed, [...left.current]]);
    if (!force && stamp === sent.current) return;
    sent.current = stamp;
    latest.current.onCheck(numbered(typed), [...left.current]);
  };
  // Not at once even without a pause: what React and the drafts put into the fields must be there first.
  const schedule = (pause, force) => {
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => check(force), Math.max(pause, 20));
  };
  const changeRows = (next) => {
    setRows(next);
    if (draft) write(rowsKey, next);
  };

  useEffect(() => {
    if (!draft) return;
    const kept = read(rowsKey);
    if (Array.isArray(kept) && kept.length && kept.every(Number.isInteger)) setRows(kept);
    const keptVersion = read(versionKey);
    if (Number.isInteger(keptVersion)) setBegun(keptVersion);
    setRestored(draftKeys(draft).some((key) => storage().getItem(key)));
    schedule(0, true);
  }, [draft]);
  useEffect(() => {
    sent.current = "";
    schedule(0, true);
  }, [resendOn]);
  // What the server answered may have changed what can be picked, and so what is picked. It begins to count anew when it
  // loads the page anew, and has then forgotten what it was sent.
  useEffect(() => schedule(0, answer === 0), [answer, rows, generation]);
  useEffect(() => () => window.clearTimeout(timer.current), []);

  const forget = (prefix) => draftKeys(draft).forEach((key) => key.startsWith(`draft:${draft}:${prefix}`) && storage().removeItem(key));
  const told = useRef(saved);
  useEffect(() => {
    if (!saved) told.current = "";
    if (saved === told.current) return;
    // Whoever typed on while the answer was under way, or was lost, stays: the server is asked what that means.
    if (asked.current.get(savedForm) !== JSON.stringify(collect(form.current))) {
      schedule(0, true);
      return;
    }
    told.current = saved;
    Object.entries(carried ?? {}).forEach(([name, text]) => storage().setItem(`draft:${carryTo}:${name}`, text));
    if (carryTo && saved.endsWith("/edit")) write(`draft:${carryTo}:version`, FIRST_VERSION);
    if (!keep) forget("");
    navigate(saved);
  }, [saved, savedForm, answer]);

  const clear = () => {
    forget("");
    left.current = new Set();
    setRows(FIRST_ROWS);
    setRestored(false);
    setBegun(null);
    setGeneration(generation + 1);
    latest.current.onClear?.();
  };
  const submit = () => {
    window.clearTimeout(timer.current);
    const typed = collect(form.current);
    latest.current.onSave(numbered(typed));
  };
  const goOn = () => latest.current.onGoOn?.(numbered(collect(form.current)));
  const act = (event) => {
    const action = event.target.closest("[data-form-action]")?.dataset.formAction;
    if (action === "go-on") goOn();
    if (action === "clear") clear();
    const button = event.target.closest("[data-row-action]");
    if (!button) return;
    const row = Number(button.dataset.row);
    if (button.dataset.rowAction === "add") changeRows([...rows, Math.max(...rows) + 1]);
    if (button.dataset.rowAction === "main") changeRows([row, ...rows.filter((other) => other !== row)]);
    if (button.dataset.rowAction === "remove") {
      const prefix = `contacts.${row}.`;
      const filled = Object.entries(collect(form.current)).some(([name, value]) => name.startsWith(prefix) && value);
      if (filled && !window.confirm(removeText)) return;
      forget(prefix);
      changeRows(rows.filter((other) => other !== row));
    }
  };
  const keys = (event) => {
    if (event.key !== "Enter" || event.nativeEvent.isComposing) return;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      submit();
    } else if (event.target.tagName === "INPUT" && event.target.type !== "checkbox") {
      event.preventDefault(); // Enter alone would save a form that is not finished.
    }
  };
  return (
    <form
      id={id}
      ref={form}
      className={className}
      noValidate
      autoComplete="off"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
      onInput={(event) => {
        if (version !== undefined && begun === null && draft) {
          write(versionKey, version);
          setBegun(version);
        }
        schedule(["SELECT", "INPUT"].includes(event.target.tagName) && event.target.type !== "text" ? 0 : PAUSE_MS);
      }}
      onBlur={(event) => {
        if (!event.target.name) return;
        left.current.add(event.target.name);
        schedule(0);
      }}
      onClick={act}
      onKeyDown={keys}
    >
      <input type="hidden" name="rows" value={rows.join(",")} readOnly />
      {version === undefined ? null : <input type="hidden" name="version" value={begun ?? version} readOnly />}
      {restored ? (
        <div className="form-restored" role="status">
          <span>{restoredText}</span>
          <button type="button" className="button button-small" onClick={clear}>{clearText}</button>
        </div>
      ) : null}
      <div className="form-body" key={generation}>{children}</div>
    </form>
  );
}

// Several choices out of a list: a native drop-down adds one, a click on its cross takes it off.
// `onTyped` is told what is picked, where no form around it reads that.
export function PickMany({
  name, label, value, draft, options, addText, removeText, emptyText, error, help, required, requiredText, className, onTyped,
}) {
  const id = `pick-${name}`;
  const [own, setOwn] = useState(null); // What the person chose; before that, what the server says stands there.
  const chosen = own ?? (value ? value.split(",") : []);
  const hidden = useRef(null);
  const restoring = useRef(true);
  useEffect(() => {
    const kept = draft ? read(`draft:${draft}`) : null;
    if (!Array.isArray(kept)) return;
    setOwn(kept.map(String));
    onTyped?.(kept.join(","));
  }, [draft]);
  const choose = (next) => {
    setOwn(next);
    onTyped?.(next.join(","));
    if (draft) write(`draft:${draft}`, next.length || value ? next : "");
  };
  useEffect(() => {
    if (restoring.current) {
      restoring.current = false;
      return;
    }
    hidden.current?.dispatchEvent(new Event("input", { bubbles: true }));
  }, [own]);
  const known = options ?? [];
  const picked = chosen.map((value) => known.find((option) => option.value === value)).filter(Boolean);
  const open = known.filter((option) => !chosen.includes(option.value));
  return (
    <div className={`field ${className ?? ""}`}>
      <label className="field-label" htmlFor={id}>
        {label}
        {required ? (
          <span className="field-required" aria-hidden="true" title={requiredText}>
            *
          </span>
        ) : null}
      </label>
      <input type="hidden" name={name} ref={hidden} value={picked.map((option) => option.value).join(",")} readOnly />
      <select
        id={id}
        className="input"
        value=""
        disabled={!open.length}
        aria-invalid={error ? true : undefined}
        aria-describedby={error ? `${id}-e` : help ? `${id}-h` : undefined}
        onChange={(event) => event.target.value && choose([...chosen, event.target.value])}
      >
        <option value="">{open.length ? addText : emptyText}</option>
        {open.map((option) => (
          <option key={option.value} value={option.value}>{option.label}</option>
        ))}
      </select>
      {picked.length ? (
        <div className="row row-wrap">
          {picked.map((option) => (
            <span key={option.value} className={`badge badge-pick c-${option.color || "gray"}`}>
              {option.label}
              <button
                type="button"
                className="badge-cross"
                aria-label={removeText.replace("{label}", option.label)}
                onClick={() => choose(chosen.filter((value) => value !== option.value))}
              >
                ×
              </button>
            </span>
          ))}
        </div>
      ) : null}
      {error ? <div className="field-error" id={`${id}-e`} role="alert">{error}</div> : null}
      {help && !error ? <div className="field-help" id={`${id}-h`}>{help}</div> : null}
    </div>
  );
}

// A line of text that leads to a field.
export function FocusButton({ name, text, className }) {
  return (
    <button
      type="button"
      className={className}
      onClick={() => document.querySelector(`[name="${CSS.escape(name)}"]`)?.focus()}
    >
      {text}
    </button>
  );
}
