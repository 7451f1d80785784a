// The filter bar of every list: filters of one click, chips, and the editor of a condition.
import { useEffect, useId, useRef, useState } from "react";
import { Popover } from "@radix-ui/themes";
import { Facets, FacetsButton, useOpen } from "./facets.jsx";
import { ask, fill, Icon, PATHS, PAUSE_MS } from "./parts.jsx";

// A menu that opens with the press and takes the value on which the press ends: one gesture, or two clicks, or keys.
function QuickMenu({ quick, active, onToggle }) {
  const [open, setOpen] = useState(false);
  const opened = useRef(0);
  const trigger = useRef(null);
  const choose = (code) => {
    setOpen(false);
    ask(() => onToggle(quick.field, code));
  };
  const item = (choice, className) => (
    <button
      key={choice.code}
      type="button"
      className={className}
      aria-pressed={active.has(choice.code)}
      onClick={() => choose(choice.code)}
      onPointerUp={(event) => {
        if (event.pointerType === "mouse" && Date.now() - opened.current < 4000 && event.currentTarget.dataset.entered) choose(choice.code);
      }}
      onPointerEnter={(event) => {
        if (event.buttons === 1) event.currentTarget.dataset.entered = "1";
      }}
      onPointerLeave={(event) => delete event.currentTarget.dataset.entered}
    >
      {choice.color ? <span className={`dot c-${choice.color}`} /> : null}
      <span className="cut">{choice.label}</span>
      {active.has(choice.code) ? <Icon size={14} path={PATHS.check} /> : null}
    </button>
  );
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger>
        <button
          ref={trigger}
          type="button"
          className={active.size ? "quick on" : "quick"}
          onPointerDown={(event) => {
            if (event.pointerType === "mouse" && event.button === 0 && !open) {
              opened.current = Date.now();
              setOpen(true);
            }
          }}
          onClick={(event) => {
            // The press has opened it already.
            if (event.detail && Date.now() - opened.current < 1000) event.preventDefault();
            opened.current = 0;
          }}
        >
          {quick.label}
          <Icon size={14} path={PATHS.down} />
        </button>
      </Popover.Trigger>
      <Popover.Content size="1" align="start" className="pop pop-menu" aria-label={quick.label} onOpenAutoFocus={(event) => opened.current && event.preventDefault()}>
        <div className="menu" onKeyDown={walkButtons}>
          {quick.values.map((choice) => item(choice, "menu-item"))}
        </div>
        {quick.grid.length ? <div className="menu-sep" /> : null}
        {quick.grid.map((line) => (
          <div key={line[0].code} className="year-line">
            <span className="small quiet">{line[0].code.slice(0, 4)}</span>
            {line.map((choice) => (
              <button key={choice.code} type="button" className="quarter" aria-label={choice.label} title={choice.label} aria-pressed={active.has(choice.code)}
                onClick={() => choose(choice.code)}
                onPointerUp={(event) => event.pointerType === "mouse" && event.currentTarget.dataset.entered && choose(choice.code)}
                onPointerEnter={(event) => { if (event.buttons === 1) event.currentTarget.dataset.entered = "1"; }}
                onPointerLeave={(event) => delete event.currentTarget.dataset.entered}>
                {choice.code.slice(4)}
              </button>
            ))}
          </div>
        ))}
      </Popover.Content>
    </Popover.Root>
  );
}

const walkButtons = (event) => {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!by) return;
  event.preventDefault();
  const all = [...event.currentTarget.querySelectorAll("button, input")].filter((one) => !one.disabled);
  all[(all.indexOf(document.activeElement) + by + all.length) % all.length]?.focus();
};

const operatorsOf = (setup, field) => [...(setup.operators[field.kind] ?? []), ...(field.optional ? setup.operators.empty : [])];

// The value of a condition, by kind of field. `put` sends it; `done` closes the editor.
function TextValue({ values, count, help, put, done, texts, problem }) {
  const id = useId();
  const [typed, setTyped] = useState(values.length ? values : Array(count).fill(""));
  const boxes = Array.from({ length: count }, (_, index) => typed[index] ?? "");
  const send = () => {
    const given = boxes.map((one) => one.trim());
    if (given.some((one) => !one)) return;
    put(given);
    done();
  };
  return (
    <form className="stack" onSubmit={(event) => { event.preventDefault(); send(); }}>
      <div className="row">
        {boxes.map((one, index) => (
          <input key={index} className="input" autoFocus={index === 0} maxLength={100} value={one}
            aria-label={count === 1 ? texts.value : index ? texts.valueTo : texts.valueFrom}
            placeholder={count === 1 ? texts.value : index ? texts.valueTo : texts.valueFrom} aria-describedby={id}
            onChange={(event) => setTyped(boxes.map((old, at) => (at === index ? event.target.value : old)))} />
        ))}
        <button type="submit" className="button button-primary button-small">{texts.apply}</button>
      </div>
      <div id={id} className={problem ? "field-error" : "field-help"}>{problem || help}</div>
    </form>
  );
}

function ChoiceValue({ choices, values, put, texts, onFind, remote }) {
  const [ticked, setTicked] = useState(values);
  const [typed, setTyped] = useState("");
  const known = useRef({});
  const timer = useRef(null);
  choices.forEach((choice) => { known.current[choice.code] = choice; });
  useEffect(() => {
    if (remote) onFind("");
    return () => window.clearTimeout(timer.current);
  }, []);
  const type = (next) => {
    setTyped(next);
    window.clearTimeout(timer.current);
    if (remote) timer.current = window.setTimeout(() => onFind(next), PAUSE_MS);
  };
  const toggle = (code) => {
    const next = ticked.includes(code) ? ticked.filter((one) => one !== code) : [...ticked, code];
    setTicked(next);
    put(next);
  };
  const said = typed.trim().toLowerCase();
  const fits = remote ? choices : choices.filter((choice) => choice.label.toLowerCase().includes(said));
  const kept = ticked.filter((code) => !fits.some((choice) => choice.code === code)).map((code) => known.current[code] ?? { code, label: code });
  const shown = said ? fits : [...kept, ...fits];
  return (
    <div className="stack">
      {choices.length > 8 || remote ? (
        <input className="input" autoFocus aria-label={texts.findValue} placeholder={texts.findValue} value={typed} onChange={(event) => type(event.target.value)} />
      ) : null}
      <div className="pop-list" onKeyDown={walkButtons}>
        {shown.map((choice, index) => (
          <label key={choice.code} className="pop-check pop-line">
            <input type="checkbox" autoFocus={!remote && choices.length <= 8 && index === 0} checked={ticked.includes(choice.code)} onChange={() => toggle(choice.code)} />
            {choice.color ? <span className={`dot c-${choice.color}`} /> : null}
            <span className="cut">{choice.label}</span>
          </label>
        ))}
        {shown.length ? null : <p className="small quiet pop-note">{texts.noValue}</p>}
      </div>
    </div>
  );
}

function PeriodValue({ values, setup, put, done, texts, problem }) {
  return (
    <div className="stack">
      <TextValue values={values} count={1} help={texts.periodHelp} put={put} done={done} texts={texts} problem={problem} />
      <div className="pop-list pop-periods" onKeyDown={walkButtons}>
        {setup.periods.map((period) => (
          <button key={period.code} type="button" className="menu-item" aria-pressed={values[0] === period.code} onClick={() => { put([period.code]); done(); }}>
            <span className="cut">{period.label}</span>
            {values[0] === period.code ? <Icon size={14} path={PATHS.check} /> : null}
          </button>
        ))}
      </div>
    </div>
  );
}

function ConditionEditor({ setup, field, operator: first, values, index, places, problem, texts, onPut, onFind, done }) {
  const operators = operatorsOf(setup, field);
  const [operator, setOperator] = useState(first ?? operators[0].code);
  const [now, setNow] = useState(values);
  const arity = operators.find((one) => one.code === operator)?.arity ?? 1;
  const put = (next) => {
    setNow(next);
    ask(() => onPut(index, field.key, operator, next));
  };
  const change = (code) => {
    const after = operators.find((one) => one.code === code)?.arity ?? 1;
    setOperator(code);
    if (after === 0) {
      ask(() => onPut(index, field.key, code, []));
      done();
    } else if (now.length && after === arity) ask(() => onPut(index, field.key, code, now));
    else if (after !== arity) setNow([]);
  };
  const shared = { values: now, put, done, texts, problem };
  const choices = [...field.words, ...(setup.choices[field.choices] ?? [])];
  return (
    <div className="stack editor">
      <label className="row">
        <span className="section-title cut">{field.label}</span>
        <select className="input" aria-label={texts.operator} value={operator} onChange={(event) => change(event.target.value)}>
          {operators.map((one) => (
            <option key={one.code} value={one.code}>{one.label}</option>
          ))}
        </select>
      </label>
      {arity === 0 ? null : field.kind === "region" ? (
        <ChoiceValue {...shared} choices={places} remote onFind={onFind} />
      ) : field.kind === "choice" || field.kind === "tags" ? (
        <ChoiceValue {...shared} choices={choices} />
      ) : field.kind === "day" || field.kind === "moment" ? (
        <PeriodValue {...shared} setup={setup} />
      ) : (
        <TextValue key={arity} {...shared} count={arity} help={field.kind === "amount" ? texts.amountHelp : ""} />
      )}
    </div>
  );
}

const nameOf = (chip) => [chip.label, chip.operator_label, chip.text].filter(Boolean).join(" ");

// A condition; `onOr`, where it stands by itself, begins a group with it.
function Chip({ chip, index, setup, places, view, texts, onPut, onRemove, onOr, onFind }) {
  const [open, setOpen] = useState(false);
  const field = setup.fields.find((one) => one.key === chip.field);
  const name = nameOf(chip);
  if (!field) return null;
  return (
    <span className="chip">
      <Popover.Root open={open} onOpenChange={setOpen}>
        <Popover.Trigger>
          <button type="button" className="chip-main" aria-label={fill(texts.editCondition, { name })}>
            <span className="quiet">{chip.label}</span> <span className="quiet">{chip.operator_label}</span> <span className="chip-value cut">{chip.text}</span>
          </button>
        </Popover.Trigger>
        <Popover.Content size="1" align="start" className="pop" aria-label={name}>
          <ConditionEditor {...{ setup, field, index, places, texts, onPut, onFind }} operator={chip.operator} values={chip.values} problem={view.problem} done={() => setOpen(false)} />
        </Popover.Content>
      </Popover.Root>
      {onOr ? (
        <button type="button" className="chip-or" aria-label={fill(texts.addOr, { name })} title={fill(texts.addOr, { name })} onClick={onOr} data-text={`+${texts.joined}`} />
      ) : null}
      <button type="button" className="chip-cross" aria-label={fill(texts.remove, { name })} title={fill(texts.remove, { name })} onClick={() => ask(() => onRemove(index))}>
        <Icon size={12} path={PATHS.cross} />
      </button>
    </span>
  );
}

// Conditions of which one is enough, as one chip.
function ChipGroup({ place, chips, texts, onMember, onRemoveMember, onOr, ...more }) {
  const name = chips.map(nameOf).join(` ${texts.joined} `);
  return (
    <span className="chip-group" role="group" aria-label={`${texts.group}: ${name}`}>
      {chips.map((chip, member) => (
        <span key={`${member}:${chip.field}`} className="chip-member">
          {member ? <span className="chip-joined">{texts.joined}</span> : null}
          <Chip {...{ chip, texts }} {...more} index={member} onPut={(at, ...given) => onMember(place, at, ...given)} onRemove={(at) => onRemoveMember(place, at)} />
        </span>
      ))}
      <button type="button" className="chip-or" aria-label={fill(texts.addOr, { name })} title={fill(texts.addOr, { name })} onClick={onOr} data-text={`+${texts.joined}`} />
      <button type="button" className="chip-cross" aria-label={texts.removeGroup} title={texts.removeGroup} onClick={() => ask(() => onRemoveMember(place, -1))}>
        <Icon size={12} path={PATHS.cross} />
      </button>
    </span>
  );
}

// `join` says what a new condition joins: "" for all others, c3 for the condition at that place, g0 for that group.
function AddFilter({ setup, view, places, texts, join, setJoin, open, setOpen, onPut, onGroup, onMember, onFind }) {
  const [field, setField] = useState(null);
  const [typed, setTyped] = useState("");
  const [alone, groups] = partChips(view.chips);
  const at = useRef({ index: 0, place: "" });
  const change = (next) => {
    setOpen(next);
    setField(null);
    setTyped("");
    if (!next) setJoin("");
  };
  // Where it goes is settled when its field is chosen: each value that is ticked after that changes the same condition.
  const choose = (one) => {
    const place = join.startsWith("g") ? Number(join.slice(1)) : groups.length;
    const index = join.startsWith("g") ? groups[place]?.length ?? 0 : join ? Number(join.slice(1)) : alone.length;
    at.current = { index, place: join && (join.startsWith("g") ? place : "new"), group: place };
    setField(one);
  };
  const put = (_, ...given) => {
    const target = at.current;
    if (target.place === "") onPut(target.index, ...given);
    else if (target.place !== "new") onMember(target.place, target.index, ...given);
    else if (groups[target.group]) onMember(target.group, 1, ...given);
    else if (target.sent !== view.serial) {
      // Once more only when the first was answered and made no group, as the same condition twice does not.
      target.sent = view.serial;
      onGroup(target.index, ...given);
    }
  };
  const said = typed.trim().toLowerCase();
  const fields = setup.fields.filter((one) => one.filterable && one.label.toLowerCase().includes(said));
  return (
    <Popover.Root open={open} onOpenChange={change}>
      <Popover.Trigger>
        <button type="button" className="quick quick-add">
          <Icon size={14} path={PATHS.plus} />
          {texts.addFilter}
        </button>
      </Popover.Trigger>
      <Popover.Content size="1" align="start" className="pop" aria-label={texts.addFilter}>
        {field ? (
          <ConditionEditor {...{ setup, field, places, texts, onFind }} onPut={put} index={0} values={[]} problem={view.problem} done={() => change(false)} />
        ) : (
          <div className="stack" onKeyDown={walkButtons}>
            <input className="input" autoFocus aria-label={texts.findField} placeholder={texts.findField} value={typed}
              onChange={(event) => setTyped(event.target.value)}
              onKeyDown={(event) => { if (event.key === "Enter" && !event.nativeEvent.isComposing && fields.length) { event.preventDefault(); choose(fields[0]); } }} />
            {alone.length + groups.length ? (
              <select className="input" aria-label={texts.joins} value={join} onChange={(event) => setJoin(event.target.value)}>
                <option value="">{texts.joinsAnd}</option>
                {alone.map((chip, index) => <option key={`c${index}`} value={`c${index}`}>{fill(texts.joinsOr, { name: nameOf(chip) })}</option>)}
                {groups.map((chips, index) => <option key={`g${index}`} value={`g${index}`}>{fill(texts.joinsOr, { name: chips.map(nameOf).join(` ${texts.joined} `) })}</option>)}
              </select>
            ) : null}
            <div className="pop-list">
              {fields.map((one) => (
                <button key={one.key} type="button" className="menu-item" onClick={() => choose(one)}>{one.label}</button>
              ))}
              {fields.length ? null : <p className="small quiet pop-note">{texts.noField}</p>}
            </div>
          </div>
        )}
      </Popover.Content>
    </Popover.Root>
  );
}

// Those by themselves, and the groups.
const partChips = (chips) => {
  const groups = [];
  chips.filter((chip) => chip.group >= 0).forEach((chip) => (groups[chip.group] ??= []).push(chip));
  return [chips.filter((chip) => chip.group < 0), groups];
};

export function FilterBar({ setup, view, places, facets, texts, onPut, onRemove, onGroup, onMember, onRemoveMember, onClear, onToggle, onFind, onFacets }) {
  const id = useId();
  const [open, toggleOpen] = useOpen(facets, onFacets);
  const [adding, setAdding] = useState(false);
  const [join, setJoin] = useState("");
  const [alone, groups] = partChips(view.chips);
  const activeOf = (quick) => new Set(alone.filter((chip) => chip.field === quick.field && (chip.operator === "in" || chip.operator === "within")).flatMap((chip) => chip.values));
  const or = (what) => () => {
    setJoin(what);
    setAdding(true);
  };
  const shared = { setup, places, view, texts, onFind };
  return (
    <>
      <div className="quick-line" role="group" aria-label={texts.quick}>
        <FacetsButton {...{ id, open, texts }} onToggle={toggleOpen} />
        {open ? null : setup.quick.map((quick) => (
          <QuickMenu key={quick.field} quick={quick} active={activeOf(quick)} onToggle={onToggle} />
        ))}
        <AddFilter {...{ setup, view, places, texts, join, setJoin, onPut, onGroup, onMember, onFind }} open={adding} setOpen={setAdding} />
      </div>
      {open ? <Facets {...{ id, activeOf, onToggle, texts }} quick={setup.quick} /> : null}
      {view.chips.length ? (
        <div className="chip-line" role="group" aria-label={texts.filters}>
          {alone.map((chip, index) => (
            <Chip key={`${index}:${chip.field}`} {...shared} {...{ chip, index, onPut, onRemove }} onOr={or(`c${index}`)} />
          ))}
          {groups.map((chips, place) => (
            <ChipGroup key={`g${place}`} {...shared} {...{ place, chips, onMember, onRemoveMember }} onOr={or(`g${place}`)} />
          ))}
          <button type="button" className="button button-ghost button-small" onClick={() => ask(onClear)}>{texts.clear}</button>
        </div>
      ) : null}
    </>
  );
}
