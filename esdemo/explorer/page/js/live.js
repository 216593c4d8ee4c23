// The live host: anywidget.

import { mount } from "./explorer.js";

const PATIENCE = 20000; // milliseconds
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

// [ask the kernel a question, hear its answer].
function asker(model) {
  const waiting = new Map();
  const answered = ({ id, answer, error }) => {
    const done = waiting.get(id);
    if (!done) return;
    waiting.delete(id);
    if (error) done.reject(new Error(error));
    else done.resolve(answer);
  };
  const ask = (question) =>
    new Promise((resolve, reject) => {
      const id = `${Date.now()}-${waiting.size}`;
      const late = { id, error: "The kernel does not answer: is it busy or stopped?" };
      waiting.set(id, { resolve, reject });
      setTimeout(() => answered(late), PATIENCE);
      model.send({ id, ...question });
    });
  return [ask, answered];
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
