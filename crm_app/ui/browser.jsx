// What the browser must do alone: messages that fade, the address that follows the state, forms over HTTP, the connection.
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { useLocation, useNavigate } from "react-router";

// The person's language, kept in the browser so that a switch shows at once and before sign-in.
const KEY = "crm_language";
const listeners = new Set();
let language = "zh";

// Naming the same language again would have the browser match every style of the page anew.
const nameLanguage = () => {
  const name = language === "en" ? "en" : "zh-CN";
  if (document.documentElement.lang !== name) document.documentElement.lang = name;
};

if (typeof window !== "undefined") {
  language = window.localStorage.getItem(KEY) === "en" ? "en" : "zh";
  nameLanguage();
}

const subscribe = (listener) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export const useLanguage = () =>
  useSyncExternalStore(subscribe, () => language, () => "zh");

export const currentLanguage = () => language;

export const setLanguage = (code) => {
  const next = code === "en" ? "en" : "zh";
  if (next === language) return;
  language = next;
  window.localStorage.setItem(KEY, next);
  nameLanguage();
  listeners.forEach((listener) => listener());
};

// The server draws the static page in Chinese; parameters stand in braces.
export const tr = (code, zh, en, args) => {
  const text = code === "en" ? en : zh;
  const fill = (all, name, one, many) => (one === undefined ? args[name] ?? all : `${args[name]}` === "1" ? one : many);
  return args ? text.replace(/\{(\w+)(?:\|([^|{}]*)\|([^|{}]*))?\}/g, fill) : text;
};

// What the company calls fields, by field in both languages; everybody's pages say it, also those that are open.
const NO_NAMES = {};
const nameListeners = new Set();
let fieldNames = NO_NAMES;

const setFieldNames = (names) => {
  if (JSON.stringify(names) === JSON.stringify(fieldNames)) return;
  fieldNames = names;
  nameListeners.forEach((listener) => listener());
};

const watchNames = (listener) => {
  nameListeners.add(listener);
  return () => nameListeners.delete(listener);
};

export const useFieldNames = () =>
  useSyncExternalStore(watchNames, () => fieldNames, () => NO_NAMES);

export const named = (names, code, field, zh, en) =>
  names[field]?.[code === "en" ? 1 : 0] || (code === "en" ? en : zh);

const clearDrafts = (keep) => {
  for (const key of Object.keys(window.sessionStorage)) {
    if (key.startsWith("draft:") && !(keep && key.startsWith(`draft:${keep}:`))) {
      window.sessionStorage.removeItem(key);
    }
  }
};

// Who signs out does so on all tabs of this browser: each forgets what was typed on it.
const SIGNED_OUT = "crm_signed_out";

if (typeof window !== "undefined") {
  window.addEventListener("storage", (event) => event.key === SIGNED_OUT && event.newValue && clearDrafts());
}

const forgetDrafts = () => {
  clearDrafts();
  window.localStorage.setItem(SIGNED_OUT, `${Date.now()}`);
};

// Follows who is signed in: his language, his drafts and his messages only, what fields are called, the page's title.
export function Person({ username, personLanguage, fieldNames: names, title }) {
  useEffect(() => {
    if (username) clearDrafts(username);
    else showToasts(() => []);
  }, [username]);
  useEffect(() => {
    if (username) setLanguage(personLanguage);
  }, [username, personLanguage]);
  useEffect(() => {
    setFieldNames((username && names) || NO_NAMES);
  }, [username, names]);
  useEffect(() => {
    document.title = title;
  }, [title]);
  return null;
}

const TOAST_MS = 5000;
// Past the first line each letter takes time to read.
const MS_PER_LETTER = 60;
const readingTime = (text) => TOAST_MS + MS_PER_LETTER * Math.max(0, text.length - 40);

// What is being shown belongs to the tab, not to a page: the answer to a save is read on the page that follows it.
const TOLD = "crm_told";
const toasts = { shown: [], timers: new Map(), listeners: new Set() };

const showToasts = (change) => {
  toasts.shown = change(toasts.shown);
  toasts.listeners.forEach((listener) => listener());
};

const closeToast = (id) => showToasts((all) => all.filter((one) => one.id !== id));

const holdToast = (toast) => window.clearTimeout(toasts.timers.get(toast.id));

const timeToast = (toast) => {
  holdToast(toast);
  if (toast.kind !== "error") toasts.timers.set(toast.id, window.setTimeout(() => closeToast(toast.id), readingTime(toast.text)));
};

const watchToasts = (listener) => {
  toasts.listeners.add(listener);
  return () => toasts.listeners.delete(listener);
};

const NO_TOASTS = [];

// By kind, what the page that is open takes back.
let undoes = {};
const undoers = new Set();
const setUndoes = (next) => {
  undoes = next;
  undoers.forEach((tell) => tell());
};
const watchUndoes = (listener) => {
  undoers.add(listener);
  return () => undoers.delete(listener);
};

export function Undoing({ kind, onUndo }) {
  const latest = useRef(onUndo);
  useEffect(() => {
    latest.current = onUndo;
  });
  useEffect(() => {
    const own = (id, version) => latest.current(id, version);
    setUndoes({ ...undoes, [kind]: own });
    // The next page may take back the same kind, and be there before this one is gone.
    return () => {
      if (undoes[kind] !== own) return;
      const { [kind]: gone, ...rest } = undoes;
      setUndoes(rest);
    };
  }, [kind]);
  return null;
}

export function Toaster({ toast, closeLabel, regionLabel, undoLabel }) {
  const undo = useSyncExternalStore(watchUndoes, () => undoes, () => undoes);
  const navigate = useNavigate();
  const shown = useSyncExternalStore(watchToasts, () => toasts.shown, () => NO_TOASTS);
  useEffect(() => {
    // The state keeps the last message; a page that is loaded anew was told it before.
    if (!toast?.id || window.sessionStorage.getItem(TOLD) === `${toast.id}`) return;
    window.sessionStorage.setItem(TOLD, `${toast.id}`);
    // The same words again take the place of the first: they say nothing new.
    showToasts((all) => [...all.filter((one) => one.text !== toast.text).slice(-2), toast]);
    timeToast(toast);
  }, [toast]);
  // A pointer that held one on the page before tells nobody that it left.
  useEffect(() => toasts.shown.forEach(timeToast), []);
  return (
    <div className="toasts" role="region" aria-label={regionLabel} aria-live="polite">
      {shown.map((one) => (
        <div
          key={one.id}
          className={`toast toast-${one.kind}`}
          role={one.kind === "error" ? "alert" : "status"}
          onPointerEnter={() => holdToast(one)}
          onPointerLeave={() => timeToast(one)}
          onFocus={() => holdToast(one)}
          onBlur={() => timeToast(one)}
        >
          <span className="toast-text">{one.text}</span>
          {one.href ? (
            <button type="button" className="toast-link" onClick={() => { closeToast(one.id); navigate(one.href); }}>
              {one.link}
            </button>
          ) : null}
          {one.undo_id && undo[one.undo_kind] ? (
            <button type="button" className="toast-link" onClick={() => { closeToast(one.id); undo[one.undo_kind](one.undo_id, one.undo_version); }}>
              {undoLabel}
            </button>
          ) : null}
          <button type="button" className="icon-button" aria-label={closeLabel} onClick={() => closeToast(one.id)}>
            ×
          </button>
        </div>
      ))}
    </div>
  );
}

// The address follows what the state shows; back and forward come through React Router and load from the address.
// A page that mounts may still hold what it showed last: it waits until the state says something new. What was loaded from
// the address replaces it, in its proper form; what a person changed is a step of the history, and what he types into one
// search box until it is empty again is one step, however often the server was asked in between.
export function AddressSync({ path, query, loads }) {
  const seen = useRef(null);
  const typedIn = useRef(null);
  const known = useRef(null);
  known.current = useLocation();
  const navigate = useNavigate();
  // The router knows nothing of the steps written here. Back from them to where it believes to be would load nothing.
  useEffect(() => {
    const back = () => {
      const { pathname, search } = window.location;
      if (pathname === path && known.current.pathname === pathname && known.current.search === search)
        navigate(pathname + search, { replace: true });
    };
    window.addEventListener("popstate", back);
    return () => window.removeEventListener("popstate", back);
  }, [path, navigate]);
  useEffect(() => {
    const before = seen.current;
    seen.current = { loads };
    if (before === null) return undefined;
    const box = document.activeElement?.type === "search" ? document.activeElement : null;
    let written = false;
    const write = () => {
      if (written || window.location.pathname !== path) return;
      written = true;
      if (window.location.search.replace(/^\?/, "") === query) return;
      const address = path + (query ? `?${query}` : "");
      const state = { ...(window.history.state ?? {}), key: Math.random().toString(36).slice(2, 10) };
      const typesOn = box && typedIn.current === box;
      if (loads === before.loads && !typesOn) window.history.pushState({ ...state, idx: (state.idx ?? 0) + 1 }, "", address);
      else window.history.replaceState(state, "", address);
      typedIn.current = loads === before.loads && box?.value ? box : null;
    };
    // A step of the history has the browser lay out the page: what changed is shown first. The next step waits for this one.
    const soon = window.setTimeout(write);
    return () => {
      window.clearTimeout(soon);
      write();
    };
  }, [path, query, loads]);
  return null;
}

export function OfflineBar({ connected, text }) {
  return connected ? null : (
    <div className="offline-bar" role="status">
      {text}
    </div>
  );
}

const post = async (action, body) => {
  const answer = await fetch(action, {
    method: "POST",
    headers: { "content-type": "application/json", "x-crm-language": currentLanguage() },
    body: JSON.stringify(body),
    credentials: "same-origin",
  });
  return { ok: answer.ok, body: await answer.json().catch(() => ({})) };
};

// Where to go after signing in: a path of ours only, as the browser itself reads it (it drops tabs, for example).
const safeNext = (fallback) => {
  const next = new URLSearchParams(window.location.search).get("next") ?? "";
  if (!next.startsWith("/")) return fallback;
  try {
    const url = new URL(next, window.location.origin);
    return url.origin === window.location.origin ? url.href : fallback;
  } catch {
    return fallback;
  }
};

export function HttpForm({ action, fields, submitLabel, busyLabel, offlineText, requiredText, next, differText }) {
  const code = useLanguage();
  const [values, setValues] = useState({});
  const [errors, setErrors] = useState({});
  const [message, setMessage] = useState("");
  const [busy, setBusy] = useState(false);
  const [visible, setVisible] = useState(false);
  const form = useRef(null);
  const focus = (name) => form.current?.querySelector(`[name="${name}"]`)?.focus();
  const submit = async (event) => {
    event.preventDefault();
    const typed = Object.fromEntries(new FormData(form.current).entries());
    const wrong = {};
    for (const field of fields) {
      if (!typed[field.name]) wrong[field.name] = requiredText.replace("{label}", field.label);
      else if (field.same && typed[field.name] !== typed[field.same]) wrong[field.name] = differText;
    }
    setErrors(wrong);
    setMessage("");
    const first = fields.find((field) => wrong[field.name]);
    if (first) return focus(first.name);
    setBusy(true);
    try {
      const body = Object.fromEntries(fields.filter((f) => !f.same).map((f) => [f.name, typed[f.name]]));
      const answer = await post(action, body);
      if (answer.ok) {
        window.location.assign(safeNext(next));
        return;
      }
      const blamed = fields.find((field) => field.refusals?.includes(answer.body.code));
      const told = blamed ? { [blamed.name]: answer.body.text } : answer.body.fields ?? {};
      setErrors(told);
      setMessage(blamed ? "" : answer.body.text ?? "");
      focus(Object.keys(told)[0] ?? fields[fields.length - 1].name);
    } catch {
      setMessage(offlineText);
    }
    setBusy(false);
  };
  return (
    <form ref={form} className="form-stack" onSubmit={submit} noValidate data-language={code}>
      {fields.map((field, index) => (
        <div className="field" key={field.name}>
          <label className="field-label" htmlFor={`f-${field.name}`}>{field.label}</label>
          <input
            id={`f-${field.name}`}
            name={field.name}
            className="input"
            type={field.secret && !visible ? "password" : "text"}
            autoComplete={field.autoComplete}
            autoCapitalize="none"
            autoFocus={index === 0}
            maxLength={256}
            value={values[field.name] ?? ""}
            aria-invalid={errors[field.name] ? true : undefined}
            aria-describedby={`h-${field.name}`}
            onChange={(e) => setValues({ ...values, [field.name]: e.target.value })}
          />
          <div id={`h-${field.name}`} className={errors[field.name] ? "field-error" : "field-help"} role={errors[field.name] ? "alert" : undefined}>
            {errors[field.name] ?? field.help ?? ""}
          </div>
        </div>
      ))}
      {fields.some((field) => field.secret) ? (
        <label className="check-line">
          <input type="checkbox" checked={visible} onChange={(e) => setVisible(e.target.checked)} />
          {tr(code, "显示密码", "Show password")}
        </label>
      ) : null}
      {message ? <div className="form-message" role="alert">{message}</div> : null}
      <button type="submit" className="button button-primary button-block" disabled={busy}>
        {busy ? busyLabel : submitLabel}
      </button>
    </form>
  );
}

export const signOut = async () => {
  forgetDrafts();
  try {
    await post("/api/auth/sign-out", {});
  } finally {
    window.location.assign("/login");
  }
};

export function SignOutButton({ label, className }) {
  return (
    <button type="button" role="menuitem" className={className} onClick={signOut}>
      {label}
    </button>
  );
}
