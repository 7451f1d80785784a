// Form fields whose typed text belongs to the browser: it survives a lost connection, a restart of the server and a reload.
//
// The server's `value` is adopted when the field mounts without a draft and whenever `epoch` changes (a saved or emptied
// form). In between, what is typed is sent after a pause and at blur, and sent again when a restarted server forgot it.
import { useCallback, useEffect, useId, useRef, useState } from "react";
import { useBlocker } from "react-router";

const PAUSE_MS = 250;

export const readDraft = (key) => (key ? window.sessionStorage.getItem(`draft:${key}`) : null);
export const writeDraft = (key, text) => {
  if (!key) return;
  try {
    window.sessionStorage.setItem(`draft:${key}`, text);
  } catch {
    // A full or forbidden storage costs the draft only; the text stays in the field.
  }
};
export const dropDraft = (key) => key && window.sessionStorage.removeItem(`draft:${key}`);

const useTyped = ({ value, epoch, draft, onTyped }) => {
  const [text, setText] = useState(value ?? "");
  const known = useRef(value ?? "");
  const timer = useRef(null);
  const latest = useRef({ text, onTyped });
  latest.current = { text, onTyped };

  const send = (next) => {
    window.clearTimeout(timer.current);
    timer.current = null;
    if (next === known.current) return;
    known.current = next;
    latest.current.onTyped?.(next);
  };
  const type = (next) => {
    setText(next);
    writeDraft(draft, next);
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => send(next), PAUSE_MS);
  };
  // A choice is complete at once; there is no pause to wait for.
  const choose = (next) => {
    setText(next);
    writeDraft(draft, next);
    send(next);
  };
  const flush = () => send(latest.current.text);

  const lastEpoch = useRef(epoch);
  useEffect(() => {
    // A restarted server counts anew: that is no reason to drop what is typed.
    const raised = epoch > lastEpoch.current;
    lastEpoch.current = epoch;
    if (!raised) return;
    window.clearTimeout(timer.current);
    dropDraft(draft);
    known.current = value ?? "";
    setText(value ?? "");
  }, [epoch]);

  useEffect(() => {
    const kept = readDraft(draft);
    if (kept !== null && kept !== known.current) {
      setText(kept);
      send(kept);
    }
  }, [draft]);

  useEffect(() => {
    const mine = latest.current.text;
    const told = value ?? "";
    if (told === mine || timer.current) return;
    if (told !== "" && readDraft(draft) !== null) return; // Typed by the person: also an emptied field stays as it is.
    if (mine === known.current && mine !== "" && told === "") {
      known.current = told;
      send(mine);
    } else if (mine === known.current || mine === "") {
      known.current = told;
      setText(told);
    }
  }, [value]);

  useEffect(() => () => window.clearTimeout(timer.current), []);
  return { text, type, choose, flush };
};

// What is wrong says what would be right: it stands in the place of the help, so nothing is said twice and nothing moves.
const describe = (id, help, error) => (error ? `${id}-e` : help ? `${id}-h` : undefined);

function Field({ id, label, required, requiredText, help, error, hideLabel, className, children }) {
  return (
    <div className={`field ${className ?? ""}`}>
      <label className={hideLabel ? "sr" : "field-label"} htmlFor={id}>
        {label}
        {required ? (
          <span className="field-required" aria-hidden="true" title={requiredText}>
            *
          </span>
        ) : null}
      </label>
      {children}
      {error ? (
        <div className="field-error" id={`${id}-e`} role="alert">
          {error}
        </div>
      ) : null}
      {help && !error ? (
        <div className="field-help" id={`${id}-h`}>
          {help}
        </div>
      ) : null}
    </div>
  );
}

// The browser's own calendar beside a typed moment or day, which reads the same in every browser and language.
function Calendar({ kind, text, label, disabled, max, onPick }) {
  const native = useRef(null);
  const found = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T](\d{1,2}:\d{2}))?/.exec(text ?? "");
  const two = (part) => part.padStart(2, "0");
  const day = found ? `${found[1]}-${two(found[2])}-${two(found[3])}` : "";
  const value = kind === "day" || !day ? day : `${day}T${(found[4] ?? "09:00").padStart(5, "0")}`;
  return (
    <span className="calendar">
      <input
        ref={native}
        type={kind === "day" ? "date" : "datetime-local"}
        className="calendar-native"
        tabIndex={-1}
        aria-hidden="true"
        value={value}
        max={max}
        onChange={(event) => event.target.value && onPick(event.target.value.replace("T", " "))}
      />
      <button
        type="button"
        className="icon-button icon-button-small"
        aria-label={label}
        title={label}
        disabled={disabled}
        onClick={() => native.current?.showPicker?.()}
      >
        <svg width="14" height="14" viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.75" aria-hidden="true">
          <rect x="3" y="4" width="18" height="18" rx="2" />
          <path d="M16 2v4M8 2v4M3 10h18" />
        </svg>
      </button>
    </span>
  );
}

export function TextField(props) {
  const {
    name, label, value, epoch, draft, onTyped, onLeave, onSubmit, onCancel, error, help, required, requiredText, hideLabel,
    kind = "text", rows, maxLength, calendarLabel, placeholder, disabled, autoComplete, inputMode, focusOnMount, className, min, max, list,
  } = props;
  const id = useId();
  const written = kind === "moment" || kind === "day";
  const typed = useTyped({ value, epoch, draft, onTyped });
  const box = useRef(null);
  useEffect(() => {
    if (focusOnMount) {
      box.current?.focus();
      box.current?.select?.();
    }
  }, [focusOnMount]);
  const keys = (event) => {
    if (event.nativeEvent.isComposing) return;
    const save = event.key === "Enter" && (kind !== "area" || event.ctrlKey || event.metaKey);
    if (save && onSubmit) {
      event.preventDefault();
      event.stopPropagation();
      typed.flush();
      onSubmit(typed.text);
    }
    if (event.key === "Escape" && onCancel) {
      event.stopPropagation();
      dropDraft(draft);
      onCancel();
    }
  };
  const shared = {
    id, name, ref: box, className: "input", value: typed.text, maxLength, placeholder, disabled, autoComplete,
    "aria-invalid": error ? true : undefined,
    "aria-required": required ? true : undefined,
    "aria-describedby": describe(id, help, error),
    onChange: (event) => typed.type(event.target.value),
    onBlur: () => {
      typed.flush();
      onLeave?.(typed.text);
    },
    onKeyDown: keys,
  };
  return (
    <Field {...{ id, label, required, requiredText, help, error, hideLabel, className }}>
      {kind === "area" ? <textarea {...shared} rows={rows ?? 3} /> : null}
      {written ? (
        <div className="with-calendar">
          <input {...shared} type="text" inputMode={inputMode} />
          <Calendar {...{ kind, text: typed.text, label: calendarLabel, disabled, max, onPick: typed.choose }} />
        </div>
      ) : null}
      {kind === "area" || written ? null : <input {...shared} type={kind} inputMode={inputMode} min={min} max={max} list={list} />}
    </Field>
  );
}

export function SelectField(props) {
  const {
    name, label, value, epoch, draft, onTyped, onLeave, error, help, required, requiredText, hideLabel, options, placeholder, disabled,
    className, focusOnMount,
  } = props;
  const id = useId();
  const typed = useTyped({ value, epoch, draft, onTyped });
  const box = useRef(null);
  useEffect(() => {
    if (focusOnMount) box.current?.focus();
  }, [focusOnMount]);
  return (
    <Field {...{ id, label, required, requiredText, help, error, hideLabel, className }}>
      <select
        id={id}
        name={name}
        ref={box}
        className="input"
        value={typed.text}
        disabled={disabled}
        aria-invalid={error ? true : undefined}
        aria-required={required ? true : undefined}
        aria-describedby={describe(id, help, error)}
        onChange={(event) => typed.choose(event.target.value)}
        onBlur={() => {
          typed.flush();
          onLeave?.(typed.text);
        }}
      >
        {placeholder !== undefined && placeholder !== null ? <option value="">{placeholder}</option> : null}
        {(options ?? []).map((option) => (
          <option key={option.value} value={option.value} disabled={option.disabled}>
            {option.label}
          </option>
        ))}
      </select>
    </Field>
  );
}

// Marks the first wrong field after a failed save and puts the cursor there.
export function FocusFirstError({ name, attempt }) {
  const last = useRef(attempt);
  useEffect(() => {
    if (attempt === last.current) return;
    last.current = attempt;
    if (name) document.querySelector(`[name="${CSS.escape(name)}"]`)?.focus();
  }, [name, attempt]);
  return null;
}

// Asks before a page with unsaved text is left. Links, the back button and whatever else moves the router stop at the
// blocker, which has the browser take a step back from the history undone; closing the tab is asked by the browser itself.
// While the server has not looked at the form since it was loaded (`judged` is 0), what is kept of it counts as unsaved.
export function LeaveGuard({ dirty, judged, draft, text }) {
  const unsaved = useRef(null);
  // Asked when it matters: the step that follows a save comes with the news that all is saved.
  unsaved.current = () => dirty || (judged === 0 && isTyped(draft));
  const elsewhere = useCallback(
    ({ currentLocation, nextLocation }) => currentLocation.pathname !== nextLocation.pathname && unsaved.current(),
    [],
  );
  const blocker = useBlocker(elsewhere);
  useEffect(() => {
    if (blocker.state !== "blocked") return;
    if (window.confirm(text)) blocker.proceed();
    else blocker.reset();
  }, [blocker, text]);
  useEffect(() => {
    if (!dirty && judged !== 0) return undefined;
    const ask = (event) => {
      if (!unsaved.current()) return;
      event.preventDefault();
      event.returnValue = true; // Browsers of before 2024 ask for this one only.
    };
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [dirty, judged]);
  return null;
}

const draftKeys = (prefix) =>
  prefix ? Object.keys(window.sessionStorage).filter((key) => key.startsWith(`draft:${prefix}:`)) : [];

// Forgets the drafts of a form, its ticket and its version when `epoch` grows: after a save, or when it is given up.
export function DraftKeeper({ prefix, epoch }) {
  const last = useRef(epoch);
  useEffect(() => {
    const raised = epoch > last.current;
    last.current = epoch;
    if (raised) draftKeys(prefix).forEach((key) => window.sessionStorage.removeItem(key));
  }, [prefix, epoch]);
  return null;
}

const ABOUT_THE_FORM = ["begun", "ticket", "version"];
const isTyped = (prefix) => {
  const about = ABOUT_THE_FORM.map((name) => `draft:${prefix}:${name}`);
  return draftKeys(prefix).some((key) => !about.includes(key));
};

// Says that a form opens with what was typed in it before.
export function DraftNote({ prefix, text }) {
  const [kept] = useState(() => isTyped(prefix));
  return kept ? (
    <div className="form-restored" role="status">
      {text}
    </div>
  ) : null;
}

// The version of the record on which what is kept of a form was begun: what others changed since is still told. With
// nothing kept the form begins now.
export const begunOn = (form, version) => {
  const kept = Number(readDraft(form && `${form}:begun`));
  if (kept && isTyped(form)) return kept;
  writeDraft(form && `${form}:begun`, String(version));
  return version;
};

// Opens a form again that a server which was started anew, or another page, made forgotten while it was open. One that
// the person closed stays closed.
export function Reopen({ draft, isOpen, epoch, which, onOpen }) {
  const was = useRef(false);
  useEffect(() => {
    if (!draft) return;
    const kept = readDraft(draft);
    if (isOpen) writeDraft(draft, String(which));
    else if (was.current && epoch > 0) dropDraft(draft);
    else if (kept !== null) onOpen?.(Number(kept));
    was.current = isOpen;
  }, [draft, isOpen]);
  return null;
}

// The name of a form that was sent before and is still there: its answer is under way, was lost, or refused it.
export const keptTicketOf = (form) => (form && window.sessionStorage.getItem(`draft:${form}:ticket`)) || "";

// Names a form for the server, so that a save that is sent twice is saved once. It is kept with what is typed, for the
// answer may be lost together with the page, and ends with it. No secret.
export const ticketOf = (form) => {
  const kept = keptTicketOf(form);
  if (kept) return kept;
  const made = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 10)}`;
  if (form) writeDraft(`${form}:ticket`, made);
  return made;
};

// Ctrl or ⌘ with Enter anywhere inside sends the form.
export function SubmitKeys({ onSubmitKeys, children, className }) {
  return (
    <div
      className={className}
      onKeyDown={(event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.nativeEvent.isComposing) {
          event.preventDefault();
          document.activeElement?.blur?.();
          window.setTimeout(() => onSubmitKeys?.(), 0);
        }
      }}
    >
      {children}
    </div>
  );
}
