// The fold: state = patches applied in order, with checkpoints every sqrt(n) events.

import { concatenated, ordinals, picked, unpack } from "./columns.js";

const SHORT = 1000; // events of a stream

export const [SET, REMOVE, TAIL, ADD] = [0, 1, 2, 3]; // as patches.py has them

// The patches of a page, those of two pages as one, and some of them in another order.
export function readPatches({ initial, paths, shapes, shape, values }) {
  const numbers = unpack(shape);
  const columns = values.map((slots) => slots.map(unpack));
  return { initial, paths, shapes, shape: numbers, ordinal: ordinals(numbers), values: columns };
}

export function joinedPatches(a, b) {
  const up = a.paths.length;
  const moved = b.shapes.map((shape) => shape.map(([kind, path]) => [kind, path + up]));
  return {
    initial: a.initial,
    paths: [...a.paths, ...b.paths],
    shapes: [...a.shapes, ...moved],
    shape: concatenated(a.shape, b.shape, a.shapes.length),
    ordinal: concatenated(a.ordinal, b.ordinal),
    values: [...a.values, ...b.values],
  };
}

export const pickedPatches = (patches, indexes) => ({
  ...patches,
  shape: picked(patches.shape, indexes),
  ordinal: picked(patches.ordinal, indexes),
});

export class Fold {
  // patches: for each event of the log its shape, and where its values stand in those columns.
  constructor(log, patches) {
    this.log = log;
    this.patches = patches;
    this.initial = patches.initial;
    this.paths = patches.paths;
    this.shapes = patches.shapes;
    this.shape = patches.shape;
    this.ordinal = patches.ordinal;
    this.values = patches.values;
    this.every = Math.max(16, Math.ceil(Math.sqrt(log.count)));
    this.checkpoints = null;
    this.cached = new Map();
  }

  // One event. `owned` holds the objects that this fold made and may therefore change.
  apply(world, place, owned) {
    const number = this.shape[place - 1];
    const stream = this.log.streamOf[place];
    let state = world[stream] === undefined ? this.initial : world[stream];
    const shape = this.shapes[number];
    const values = this.values[number];
    const k = this.ordinal[place - 1];
    for (let slot = 0; slot < shape.length; slot++) {
      const path = this.paths[shape[slot][1]];
      state = patch(state, path, 0, shape[slot][0], values[slot][k], owned);
    }
    world[stream] = state;
  }

  // The states of all streams (undefined: no event yet) when `position` events have happened.
  world(position) {
    if (this.cached.has(position)) return this.cached.get(position);
    this.checkpoints ??= this.#checkpoints();
    const nearest = Math.floor(position / this.every);
    const world = this.checkpoints[nearest].slice();
    const owned = new Set();
    for (let p = nearest * this.every + 1; p <= position; p++) this.apply(world, p, owned);
    if (this.cached.size > 3) this.cached.delete(this.cached.keys().next().value);
    this.cached.set(position, world);
    return world;
  }

  #checkpoints() {
    const checkpoints = [[]];
    const world = [];
    for (let place = 1, owned = new Set(); place <= this.log.count; place++) {
      this.apply(world, place, owned);
      if (place % this.every === 0) {
        checkpoints.push(world.slice());
        owned = new Set();
      }
    }
    return checkpoints;
  }

  // A short stream is folded alone, so that a page need not fold the whole log to be seen.
  state(stream, position) {
    const places = this.log.placesOf(stream) ?? [];
    if (this.checkpoints || places.length > SHORT) {
      return this.world(position)[stream] ?? this.initial;
    }
    const [world, owned] = [[], new Set()];
    for (let i = 0; i < places.length && places[i] <= position; i++) {
      this.apply(world, places[i], owned);
    }
    return world[stream] ?? this.initial;
  }

  // The values of a field of one stream: [places, numbers], a step at each of its events.
  series(stream, field) {
    const places = this.log.placesOf(stream);
    const world = [];
    const owned = new Set();
    const numbers = Float64Array.from(places, (place) => {
      this.apply(world, place, owned);
      return field.of(world[stream]);
    });
    return [places, numbers];
  }

  // Whether the event at a place changed this path, or something in or around it.
  touches(place, path) {
    return this.shapes[this.shape[place - 1]].some(([, number]) => {
      const changed = this.paths[number];
      return path.every((part, n) => n >= changed.length || changed[n] === part);
    });
  }
}

function patch(node, path, depth, kind, value, owned) {
  if (depth === path.length) {
    if (kind === ADD) return node + value;
    if (kind !== TAIL) return value;
    const list = copied(node, owned);
    list.length = value[0];
    for (let i = 1; i < value.length; i++) list.push(value[i]);
    return list;
  }
  const copy = copied(node, owned);
  const key = path[depth];
  if (kind === REMOVE && depth === path.length - 1) delete copy[key];
  else copy[key] = patch(copy[key], path, depth + 1, kind, value, owned);
  return copy;
}

function copied(node, owned) {
  if (owned.has(node)) return node;
  // Without a prototype, so that no key ("__proto__") is special.
  const copy = Array.isArray(node) ? node.slice() : Object.assign(Object.create(null), node);
  owned.add(copy);
  return copy;
}
