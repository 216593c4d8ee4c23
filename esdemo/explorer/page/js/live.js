// The live host: anywidget.

import { mount } from "./explorer.js";

const OFTEN = 100; // milliseconds between two moves that the kernel hears of

export default {
  render({ model, el }) {
    const [ask, answered] = asker(model);
    const tell = teller(model);
    const given = ["position", "pin", "stream", "field", "height"].map((n) => [n, model.get(n)]);
    const page = JSON.parse(new TextDecoder().decode(model.get("_page")));
    const view = mount(el, page, {
      ...Object.fromEntries(given),
      ask,
      onmove: atMostOften((position) => tell("position", position)),
      onpin: (position) => tell("pin", position),
    });
    const moved = () => {
      // Our own move comes back as a change too, and must not leave a refused command's row.
      const position = model.get("position");
      if (position !== view.position) view.move(position, { quiet: true });
    };
    const stop = listen(model, {
      "msg:custom": answered,
      "change:position": moved,
      "change:pin": () => view.set({ pin: model.get("pin") }),
    });
    return () => {
      stop();
      view.remove();
    };
  },
};

// [ask the kernel a question, hear its answer]. Asking gives {answer, cancel}; an answer is waited
// for as long as it takes, and `onprogress` hears how much of the work is done, from 0 to 1.
function asker(model) {
  const waiting = new Map();
  let asked = 0;
  const answered = ({ id, answer, error, progress }) => {
    const one = waiting.get(id);
    if (!one) return;
    if (progress !== undefined) return one.onprogress(progress);
    waiting.delete(id);
    if (error) one.reject(new Error(error));
    else one.resolve(answer);
  };
  const ask = (question, onprogress = (_share) => {}) => {
    const id = `${Date.now()}-${asked++}`;
    const answer = new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject, onprogress });
      send(model, { id, ...question }, reject);
    });
    const cancel = () => {
      waiting.get(id)?.reject(new Error("cancelled"));
      waiting.delete(id);
      send(model, { id: `${id}-cancel`, ask: "cancel", of: id }, () => {});
    };
    return { answer, cancel };
  };
  return [ask, answered];
}

function send(model, message, failed) {
  try {
    model.send(message);
  } catch {
    failed(new Error("The kernel was restarted or stopped: run the cell again."));
  }
}

const teller = (model) => (name, value) => {
  if (model.get(name) === value) return;
  model.set(name, value);
  model.save_changes();
};

// At most ten times a second, and always the last time.
function atMostOften(call) {
  let [last, late] = [0, 0];
  return (value) => {
    clearTimeout(late);
    const wait = Math.max(0, last + OFTEN - Date.now());
    late = setTimeout(() => {
      last = Date.now();
      call(value);
    }, wait);
  };
}

// Hears a model until the function that is returned is called.
function listen(model, hearers) {
  const all = Object.entries(hearers);
  for (const [name, hear] of all) model.on(name, hear);
  return () => all.forEach(([name, hear]) => model.off(name, hear));
}
