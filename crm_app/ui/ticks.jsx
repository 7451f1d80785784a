// A box that is ticked at once; what the server makes of it follows.
import { useEffect, useState } from "react";

export function TickBox({ on, label, onTick }) {
  // What the person wants, until the server says the same: of two quick clicks the first answer must not undo the second.
  const [wanted, setWanted] = useState(null);
  useEffect(() => setWanted((mine) => (mine === on ? null : mine)), [on]);
  const change = (event) => {
    setWanted(event.target.checked);
    onTick(event.target.checked);
  };
  return (
    <label className="bin-tick">
      <input type="checkbox" aria-label={label} checked={wanted ?? on} onChange={change} />
    </label>
  );
}
