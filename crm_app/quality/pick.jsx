// What is chosen shows at once; what the server makes of it follows. Of two quick clicks the first answer must not undo
// the second.
import { useEffect, useState } from "react";

function useWish(said) {
  const [wanted, setWanted] = useState(null);
  useEffect(() => setWanted((mine) => (mine === said ? null : mine)), [said]);
  return [wanted ?? said, setWanted];
}

// One field of all members: whose value stays. The browser's own radio buttons, with its keys.
export function FieldChoice({ row, chosen, emptyText, onTake }) {
  const [value, wish] = useWish(chosen);
  return (
    <fieldset className="merge-row">
      <legend className="quiet small">{row.label}</legend>
      <div className="merge-cells">
        {row.cells.map((cell) => (
          <label key={cell.number} className="merge-cell" data-on={value === cell.number}>
            <input
              type="radio"
              name={`field-${row.name}`}
              checked={value === cell.number}
              onChange={() => { wish(cell.number); onTake(row.name, cell.number); }}
            />
            <span className={cell.text ? "merge-value" : "merge-value quiet"}>{cell.text || emptyText}</span>
            <span className="quiet small tabular">{cell.number}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

// Whether a member takes part.
export function PartBox({ on, label, text, onPick }) {
  const [value, wish] = useWish(on);
  return (
    <label className="merge-pick small">
      <input
        type="checkbox"
        aria-label={label}
        checked={value}
        onChange={(event) => { wish(event.target.checked); onPick(); }}
      />
      {text}
    </label>
  );
}
