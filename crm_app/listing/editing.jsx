// Editing a cell in its place (R3.7): one editor for the whole table, above the cell. What is typed stays there until the
// server says that it is saved, also when the page is loaded anew in between.
import { useEffect, useId, useLayoutEffect, useRef, useState } from "react";
import { dropDraft, readDraft, writeDraft } from "$/public/external/crm_app/ui/fields/fields.jsx";
import { isKey } from "$/public/external/crm_app/ui/keys/keys.jsx";
import { usePhone } from "./cells.jsx";
import { cellAt, focusCell } from "./focus.jsx";
import { fill, PAUSE_MS } from "./parts.jsx";

const DROP_PX = 300;
const WIDTHS = { area: 320, many: 240, place: 280, choice: 200, line: 180 };

const measure = (box, cell, editor) => {
  const [outer, inner] = [box.getBoundingClientRect(), cell.getBoundingClientRect()];
  const width = Math.min(Math.max(inner.width, WIDTHS[editor] ?? 140), box.clientWidth - 16);
  const left = Math.min(Math.max(inner.left - outer.left, 8), box.clientWidth - width - 8);
  return {
    left: box.scrollLeft + left,
    top: box.scrollTop + inner.top - outer.top,
    width,
    height: Math.min(inner.height, 40),
    up: inner.bottom + DROP_PX > outer.bottom && inner.top - outer.top > DROP_PX,
  };
};

// Choices that the typed text narrows; what the arrows are at is `at`.
function Drop({ id, options, at, chosen, many, empty, label, onPick, onAt }) {
  const list = useRef(null);
  // In braces: browsers of today answer a scroll with a promise, which is no clean-up.
  useEffect(() => {
    list.current?.children[at]?.scrollIntoView({ block: "nearest" });
  }, [at, options]);
  return (
    <ul ref={list} id={id} role="listbox" aria-label={label} aria-multiselectable={many || undefined} className="cell-drop">
      {options.map((option, place) => (
        <li key={option.code} id={`${id}-${place}`} role="option" aria-selected={chosen.includes(option.code)} data-at={place === at || undefined}
          className="cell-option" onPointerMove={() => onAt(place)} onPointerDown={(event) => event.preventDefault()} onClick={() => onPick(option.code)}>
          {many ? <span className="cell-tick" aria-hidden="true">{chosen.includes(option.code) ? "✓" : ""}</span> : null}
          {option.color ? <span className={`badge c-${option.color}`}>{option.label}</span> : <span className={option.code ? "cut" : "cut quiet"}>{option.label}</span>}
        </li>
      ))}
      {options.length ? null : <li className="cell-none quiet" role="option" aria-disabled="true" aria-selected="false">{empty}</li>}
    </ul>
  );
}

const offered = ({ cell, find, places, texts }) => {
  const many = cell.editor === "many";
  const blank = cell.optional && !many && !find ? [{ code: "", label: texts.blank }] : [];
  // Big areas are to filter by: nobody's office stands in one.
  if (cell.editor === "place") return [...blank, ...places.filter((place) => /^\d{6}$/.test(place.code))];
  const said = find.trim().toLowerCase();
  return [...blank, ...cell.options.filter((option) => option.label.toLowerCase().includes(said))];
};

// Whose value stays, or whether another record may have the same.
function Question({ answer, texts, onMine, onTheirs }) {
  const clash = Boolean(answer.by);
  return (
    <div className="cell-question" role="alert">
      <p>{clash ? fill(texts.changed, { by: answer.by, at: answer.at }) : fill(texts.others, { names: answer.others })}</p>
      {clash ? <p className="cell-both"><span>{answer.theirs}</span><span aria-hidden="true">→</span><strong>{answer.mine}</strong></p> : null}
      <div className="row">
        <button type="button" className="button button-small button-primary" onClick={onMine}>{clash ? texts.mine : texts.other}</button>
        <button type="button" className="button button-small" onClick={onTheirs}>{clash ? texts.theirs : texts.cancel}</button>
      </div>
    </div>
  );
}

// What was typed before the page was loaded anew: of which cell, over which value and version.
const keptIn = (draft) => {
  try {
    return JSON.parse(readDraft(draft) || "null");
  } catch {
    return null;
  }
};

// `begin` is put into `control`, for the keys and clicks of the table.
export function CellEditor({ control, box, rows, columns, cell, answer, places, texts, draft, onEdit, onSave, onFind }) {
  const phone = usePhone();
  const id = useId();
  const [open, setOpen] = useState(null);
  const [spot, setSpot] = useState(null);
  const [said, setSaid] = useState("");
  const asked = useRef(Date.now());
  const waiting = useRef(0);
  const resumes = useRef(false);
  const frame = useRef(null);
  const field = useRef(null);
  const finding = useRef(null);

  const change = (values) => setOpen((now) => (now ? { ...now, ...values } : now));
  const placeNow = (of) => ({ line: rows.findIndex((row) => row.key === of.key), place: columns.findIndex((column) => column.key === of.column) });
  control.current = (line, place) => {
    if (!rows[line] || !columns[place]) return;
    waiting.current = asked.current += 1;
    resumes.current = false;
    setSaid("");
    onEdit(rows[line].key, columns[place].key, waiting.current);
  };
  useEffect(() => {
    if (!waiting.current || cell.asked !== waiting.current) return;
    waiting.current = 0;
    if (cell.editor === "place" && !cell.fixed) onFind("");
    const at = Math.max(0, offered({ cell, find: "", places: [], texts }).findIndex((one) => one.code === cell.raw));
    const kept = keptIn(draft);
    const again = kept && !cell.fixed && kept.key === cell.key && kept.column === cell.column && kept.text !== cell.raw;
    if (resumes.current && !again) {
      dropDraft(draft); // It was saved, or can't be any more.
      return;
    }
    setOpen({ ...cell, text: cell.raw, ...(again ? { text: kept.text, version: kept.version } : {}), find: "", at: cell.editor === "choice" ? at : 0, busy: 0, problem: "", question: null, go: 0, focus: true });
  }, [cell.asked]);
  // As soon as its row is there; not while the person is at something else.
  const isOpen = Boolean(open);
  useEffect(() => {
    const kept = isOpen || waiting.current ? null : keptIn(draft);
    const at = kept && placeNow(kept);
    if (!at || at.line < 0 || at.place < 0) return;
    control.current(at.line, at.place);
    resumes.current = true;
  }, [draft, rows, columns]);
  useEffect(() => {
    if (!isOpen) return;
    if (open.text === open.raw || open.fixed) dropDraft(draft);
    else writeDraft(draft, JSON.stringify({ key: open.key, column: open.column, text: open.text, version: open.version }));
  }, [open?.text]);
  useLayoutEffect(() => {
    const at = open && placeNow(open);
    const target = at && cellAt(box.current, at.line, at.place);
    if (target) setSpot(measure(box.current, target, open.editor));
    else if (!open) setSpot(null);
  }, [open?.key, open?.column, rows, columns]);
  const shown = Boolean(open && spot);
  useEffect(() => {
    if (!shown || open.fixed) return;
    field.current?.focus({ preventScroll: true });
    if (open.text !== open.raw) field.current?.setSelectionRange?.(open.text.length, open.text.length); // To go on typing.
    else if (["line", "number", "day"].includes(open.editor)) field.current?.select();
  }, [shown, open?.key, open?.column]);

  const close = (focus, go = 0) => {
    const at = placeNow(open);
    if (focus) focusCell(box.current, at.line, at.place);
    dropDraft(draft);
    setOpen(null);
    if (!go) return;
    for (let next = at.line * columns.length + at.place + go; next >= 0 && next < rows.length * columns.length; next += go) {
      const [line, place] = [Math.floor(next / columns.length), next % columns.length];
      if (!columns[place].edits) continue;
      focusCell(box.current, line, place);
      return control.current(line, place);
    }
    focusCell(box.current, at.line, at.place);
  };
  const save = (text, { go = 0, focus = true, version = open.version, confirmed = false } = {}) => {
    if (open.busy) return;
    if (text === open.raw && !confirmed) return close(focus, go);
    asked.current += 1;
    change({ text, busy: asked.current, problem: "", question: null, go, focus });
    onSave(open.key, open.column, text, version, confirmed, asked.current);
  };
  useEffect(() => {
    if (!open?.busy) return;
    if (answer.asked === open.busy && answer.saved) {
      setSaid(fill(texts.saved, { name: open.label }));
      close(open.focus, open.go);
    } else if (answer.asked === open.busy) {
      change({ busy: 0, problem: answer.problem, question: answer.problem ? null : answer });
      field.current?.focus();
    } else if (!answer.asked) change({ busy: 0 }); // A restarted server knows nothing of it.
  }, [answer]);

  // Leaving saves, as on the customer's page; what was refused stays until it is mended or given up.
  useEffect(() => {
    if (!open) return undefined;
    const outside = (event) => {
      if (frame.current?.contains(event.target)) return;
      if (open.fixed) setOpen(null);
      else if (!open.busy && !open.problem && !open.question) save(open.text, { focus: false });
    };
    const key = () => setOpen(null);
    window.addEventListener("pointerdown", outside, true);
    if (open.fixed) window.addEventListener("keydown", key, true);
    return () => {
      window.removeEventListener("pointerdown", outside, true);
      window.removeEventListener("keydown", key, true);
    };
  }, [open]);
  useEffect(() => () => window.clearTimeout(finding.current), []);

  const status = <span className="sr" role="status">{open?.busy ? texts.saving : said}</span>;
  if (!shown) return status;
  const at = { left: spot.left, top: spot.top, width: spot.width };
  if (open.fixed) {
    return (
      <div ref={frame} className="cell-editor cell-fixed" style={{ left: at.left, top: at.top + spot.height, maxWidth: 320 }} role="status">
        {open.fixed}
      </div>
    );
  }
  const [picks, many] = [["choice", "many", "place"].includes(open.editor), open.editor === "many"];
  const options = picks ? offered({ cell: open, find: open.find, places, texts }) : [];
  const chosen = many ? open.text.split(",").filter(Boolean) : [open.text];
  const toggle = (code) =>
    change({ text: open.options.map((one) => one.code).filter((one) => (one === code ? !chosen.includes(one) : chosen.includes(one))).join(",") });
  const type = (find) => {
    change({ find, at: 0, problem: "" });
    if (open.editor !== "place") return;
    window.clearTimeout(finding.current);
    finding.current = window.setTimeout(() => onFind(find), PAUSE_MS);
  };
  // What Enter or Tab saves: the choice that the arrows or what was typed lead to, else what stands there.
  const value = () => (!picks || many ? open.text : (open.find || open.moved) && options[open.at] ? options[open.at].code : open.text);
  const keys = (event) => {
    if (event.target.closest(".cell-question")) {
      if (isKey(event, "cell.give_up")) close(true);
      return;
    }
    const go = isKey(event, "cell.save_next") ? 1 : isKey(event, "cell.save_before") ? -1 : 0;
    const by = picks && !event.nativeEvent.isComposing ? { ArrowDown: 1, ArrowUp: -1 }[event.key] : 0;
    if (isKey(event, "cell.give_up")) close(true);
    else if (go) save(value(), { go });
    else if (isKey(event, "cell.save")) save(value());
    else if (by) change({ at: (open.at + by + options.length) % Math.max(1, options.length), moved: true });
    else if (many && event.key === " " && !event.nativeEvent.isComposing && options[open.at]) toggle(options[open.at].code);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const help = many ? texts.keysMany : open.editor === "area" ? texts.keysArea : texts.keys;
  const shared = {
    ref: field,
    className: "input cell-input",
    "aria-label": fill(texts.edit, { name: open.label }),
    "aria-invalid": open.problem ? true : undefined,
    "aria-describedby": `${id}-h`,
    readOnly: Boolean(open.busy),
    autoComplete: "off",
    style: { minHeight: `${Math.max(spot.height, phone ? 40 : 32)}px` },
  };
  const current = open.shown || open.options.find((one) => one.code === open.text)?.label || "";
  return (
    <div ref={frame} className={spot.up ? "cell-editor up" : "cell-editor"} style={at} onKeyDown={keys} aria-busy={open.busy ? true : undefined}>
      {open.editor === "area" ? (
        <textarea {...shared} rows={4} value={open.text} onChange={(event) => change({ text: event.target.value, problem: "" })} />
      ) : picks ? (
        <input {...shared} role="combobox" aria-expanded="true" aria-controls={`${id}-l`} aria-autocomplete="list"
          aria-activedescendant={options[open.at] ? `${id}-l-${open.at}` : undefined} placeholder={many ? texts.choose : current || texts.choose}
          value={open.find} onChange={(event) => type(event.target.value)} />
      ) : (
        <input {...shared} type="text" inputMode={open.editor === "number" ? "decimal" : undefined} placeholder={open.editor === "day" ? "YYYY-MM-DD" : undefined}
          value={open.text} onChange={(event) => change({ text: event.target.value, problem: "" })} />
      )}
      <div className="cell-below">
        {open.problem ? <div className="field-error" id={`${id}-h`} role="alert">{open.problem}</div> : <div className="cell-help" id={`${id}-h`}>{open.busy ? texts.saving : help}</div>}
        {open.question ? (
          <Question answer={open.question} texts={texts}
            onMine={() => save(open.text, { go: open.go, focus: open.focus, version: open.question.version || open.version, confirmed: true })}
            onTheirs={() => close(true)} />
        ) : null}
        {picks && !open.question ? (
          <Drop id={`${id}-l`} {...{ options, at: open.at, chosen, many }} empty={texts.none} label={open.label} onAt={(place) => change({ at: place })}
            onPick={(code) => (many ? toggle(code) : save(code))} />
        ) : null}
        {many && !open.question ? (
          <div className="row cell-foot">
            <button type="button" className="button button-small button-primary" onClick={() => save(open.text)}>{texts.save}</button>
            <button type="button" className="button button-small" onClick={() => close(true)}>{texts.cancel}</button>
          </div>
        ) : null}
      </div>
      {status}
    </div>
  );
}
