// Runs in the measured page before anything else: times from a person's click or key to changed content.
(() => {
  const send = WebSocket.prototype.send;
  const bench = { sentAt: 0, outcome: null };
  window.__bench = bench;
  WebSocket.prototype.send = function (...given) {
    bench.sentAt = performance.now();
    return send.apply(this, given);
  };

  const signature = (selector) => [...document.querySelectorAll(selector)].map((found) => found.textContent).join("\n").trim();

  const whenTrue = (test, seconds) =>
    new Promise((resolve) => {
      let timer = 0;
      const look = () => {
        if (!test()) return;
        observer.disconnect();
        clearTimeout(timer);
        resolve({ at: performance.now(), clock: Date.now(), sentAt: bench.sentAt });
      };
      const observer = new MutationObserver(look);
      observer.observe(document, { childList: true, subtree: true, characterData: true, attributes: true });
      timer = setTimeout(() => (observer.disconnect(), resolve(null)), seconds * 1000);
      look();
    });

  // When something that the selector finds first has text, at least `least` of it.
  bench.appears = (selector, least = 1, seconds = 30) =>
    whenTrue(() => document.querySelectorAll(selector).length >= least && signature(selector), seconds);

  // From now on, to another text of what the selector finds.
  bench.armChange = (selector, seconds = 15) => {
    const before = signature(selector);
    bench.outcome = whenTrue(() => signature(selector) !== before, seconds);
  };

  // From the next trusted event of the type to another text of what the selector finds, at least `least` of it.
  bench.arm = (selector, type, least = 1, seconds = 15) => {
    const before = signature(selector);
    let begun = 0;
    const note = (event) => {
      if (event.isTrusted && !begun) begun = event.timeStamp;
    };
    window.addEventListener(type, note, { capture: true });
    bench.outcome = whenTrue(() => {
      const now = signature(selector);
      return begun && now && now !== before && document.querySelectorAll(selector).length >= least;
    }, seconds).then((end) => {
      window.removeEventListener(type, note, { capture: true });
      return end && { total: end.at - begun, answer: end.at - end.sentAt, clock: end.clock };
    });
  };
})();
