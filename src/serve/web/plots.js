// All points, four ways, brushed together: pixels are written straight, so fifty thousand points are a few
// milliseconds and nothing has to be loaded for it.

import { h } from "./dom.js";

/** Colours by number, in both lights; told apart by tone as well as by hue. */
const COLOURS = [[0, 114, 178], [213, 94, 0], [0, 138, 100], [181, 80, 143], [166, 122, 0], [47, 159, 214],
  [106, 79, 179], [85, 96, 106]];

const dark = () => matchMedia("(prefers-color-scheme: dark)").matches;

/** Reads the points as the API packs them. */
export function unpack(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const { rows, columns, addresses } = header;
  let at = 4 + length;
  const values = columns.map(() => {
    const column = new Float64Array(buffer, at, rows);
    at += 8 * rows;
    return column;
  });
  const address = new Uint32Array(buffer, at, rows);
  at += 4 * rows;
  const cluster = new Uint8Array(buffer, at, rows);
  const label = new Uint8Array(buffer, at + rows, rows);
  return { rows, columns, values, address, addresses, cluster, label };
}

/** Least and largest of a column, as they stand at an axis. */
function ends(column) {
  let least = Infinity;
  let most = -Infinity;
  for (const value of column) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  const told = (value) => (Number.isFinite(value) ? Number(value.toPrecision(3)).toLocaleString("en") : "");
  return [told(least), told(most)];
}

/** A column from 0 to 1; what has no range stands in the middle. */
function unit(column) {
  let least = Infinity;
  let most = -Infinity;
  for (const value of column) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  const range = most - least;
  return column.map((value) => (range > 0 ? (value - least) / range : 0.5));
}

/** The two directions in which the scaled columns spread most: each row's place along them. */
function principal(columns) {
  const rows = columns[0].length;
  const scaled = columns.map((column) => {
    const mean = column.reduce((a, b) => a + b, 0) / rows;
    const spread = Math.sqrt(column.reduce((a, b) => a + (b - mean) ** 2, 0) / rows) || 1;
    return column.map((value) => (value - mean) / spread);
  });
  const covariance = scaled.map((a) => scaled.map((b) => a.reduce((sum, value, i) => sum + value * b[i], 0) / rows));
  const directions = [];
  for (let n = 0; n < 2; n++) {
    let direction = scaled.map((_, i) => 1 / (i + n + 1));
    for (let round = 0; round < 200; round++) {
      for (const other of directions) {
        const along = direction.reduce((sum, value, i) => sum + value * other[i], 0);
        direction = direction.map((value, i) => value - along * other[i]);
      }
      const next = covariance.map((row) => row.reduce((sum, value, i) => sum + value * direction[i], 0));
      const size = Math.hypot(...next) || 1;
      direction = next.map((value) => value / size);
    }
    directions.push(direction);
  }
  return directions.map((direction) => {
    const place = new Float32Array(rows);
    scaled.forEach((column, j) => column.forEach((value, i) => { place[i] += value * direction[j]; }));
    return place;
  });
}

/** A canvas whose pixels are written by `draw(pixels, width, height)`, with a box to brush. */
class Panel {
  constructor(title, ratio, draw, brushed) {
    this.canvas = h("canvas", { role: "img", "aria-label": title, tabindex: 0 });
    this.ratio = ratio;
    this.draw = draw;
    this.brushed = brushed;
    this.dragged = h("div", { class: "dragged", hidden: true });
    this.figure = h("figure", {}, h("figcaption", {}, title), h("div", { class: "panel" }, this.canvas, this.dragged));
    this.drag = null;
    const place = (event) => {
      const box = this.canvas.getBoundingClientRect();
      const scale = this.canvas.width / box.width;
      return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
    };
    this.canvas.addEventListener("pointerdown", (event) => {
      this.drag = [place(event), place(event)];
      this.canvas.setPointerCapture(event.pointerId);
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (!this.drag) return;
      this.drag[1] = place(event);
      this.outline();
      this.brushed(this.drag, false);
    });
    this.canvas.addEventListener("pointercancel", () => {
      this.drag = null;
      this.dragged.hidden = true;
    });
    this.canvas.addEventListener("pointerup", () => {
      if (!this.drag) return;
      const drag = this.drag;
      this.drag = null;
      this.dragged.hidden = true;
      this.brushed(drag, true);
    });
  }

  /** What has been dragged over so far; what turns has no box. */
  outline() {
    if (this.turns) return;
    const scale = this.canvas.clientWidth / this.canvas.width;
    const [[ax, ay], [bx, by]] = this.drag;
    Object.assign(this.dragged.style, { left: `${scale * Math.min(ax, bx)}px`, top: `${scale * Math.min(ay, by)}px`,
      width: `${scale * Math.abs(ax - bx)}px`, height: `${scale * Math.abs(ay - by)}px` });
    this.dragged.hidden = false;
  }

  show() {
    const width = Math.max(200, Math.round(this.canvas.clientWidth * devicePixelRatio));
    const height = Math.round(width * this.ratio);
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    }
    const context = this.canvas.getContext("2d");
    const image = context.createImageData(width, height);
    const over = this.draw(new Uint32Array(image.data.buffer), width, height);
    context.putImageData(image, 0, 0);
    over?.(context);
  }
}

/**
 * The four views of some points. `told(indices, milliseconds)` hears what was brushed, `null` for nothing.
 */
export function views(points, told) {
  const { rows, columns, values, cluster, label } = points;
  const shown = values.slice(0, 6);
  const names = columns.slice(0, 6);
  const spans = shown.map(ends);
  const places = shown.map(unit);
  const plane = principal(values).map(unit);
  const space = shown.slice(0, 3);
  while (space.length < 3) space.push(new Float32Array(rows));
  const cube = space.map(unit);
  let by = cluster;
  let chosen = null; // a byte a row, or null for all
  let turn = [0.7, 0.45];

  const ink = () => {
    const pack = ([r, g, b], a) => ((a << 24) | (b << 16) | (g << 8) | r) >>> 0;
    const lift = (colour) => (dark() ? colour.map((c) => Math.min(255, c + 60)) : colour);
    return {
      full: COLOURS.map((colour) => pack(lift(colour), 255)),
      faint: pack(dark() ? [62, 67, 73] : [212, 216, 219], 255),
    };
  };

  /** Writes each row as a dot of `small` pixels at x, y (0 to 1) of a box; chosen ones last, on top, and larger. */
  const dots = (pixels, width, box, x, y, small) => {
    const { full, faint } = ink();
    const [left, top, wide, high] = box;
    for (const pass of chosen ? [0, 1] : [1]) {
      const size = chosen && pass ? small + 2 : small;
      for (let i = 0; i < rows; i++) {
        if (chosen && chosen[i] !== pass) continue;
        const px = left + Math.round(x[i] * (wide - size));
        const py = top + high - size - Math.round(y[i] * (high - size));
        const colour = pass ? full[by[i] % full.length] : faint;
        for (let dy = 0; dy < size; dy++) {
          for (let dx = 0; dx < size; dx++) pixels[(py + dy) * width + px + dx] = colour;
        }
      }
    }
  };

  const writing = (context) => {
    context.fillStyle = getComputedStyle(document.body).color;
    context.font = `${Math.round(11 * devicePixelRatio)}px system-ui, sans-serif`;
  };

  const pick = (test, byNumber = false) => {
    const begin = performance.now();
    const next = new Uint8Array(rows);
    const found = [];
    for (let i = 0; i < rows; i++) {
      if (test(i)) {
        next[i] = 1;
        found.push(i);
      }
    }
    choose(found.length ? next : null, found.length ? found : null, begin, byNumber);
  };
  const choose = (next, found, begin, byNumber) => {
    chosen = next;
    all.forEach((panel) => panel.show());
    told(found, performance.now() - begin, byNumber);
  };
  const box = (drag) => {
    const [[ax, ay], [bx, by_]] = drag;
    return [Math.min(ax, bx), Math.min(ay, by_), Math.max(ax, bx), Math.max(ay, by_)];
  };
  /** Rows whose dot in a box of the canvas lies within what was dragged. */
  const within = (drag, [left, top, wide, high], x, y) => {
    const [x0, y0, x1, y1] = box(drag);
    const [lx, hx] = [(x0 - left) / wide, (x1 - left) / wide];
    const [ly, hy] = [(top + high - y1) / high, (top + high - y0) / high];
    if (hx - lx < 0.004 && hy - ly < 0.004) return pick(() => false);
    return pick((i) => x[i] >= lx && x[i] <= hx && y[i] >= ly && y[i] <= hy);
  };

  const d = places.length;
  const cell = (width, height, at) => {
    const [wide, high] = [Math.floor(width / d), Math.floor(height / d)];
    return [(at % d) * wide + 2, Math.floor(at / d) * high + 2, wide - 4, high - 4];
  };
  const matrix = new Panel("Scatter matrix, each feature against each other: drag to brush", 1, (pixels, width, height) => {
    for (let row = 0; row < d; row++) {
      for (let column = 0; column < d; column++) {
        if (row !== column) dots(pixels, width, cell(width, height, row * d + column), places[column], places[row], 1);
      }
    }
    return (context) => {
      writing(context);
      names.forEach((name, at) => {
        const [left, top, wide, high] = cell(width, height, at * d + at);
        context.strokeStyle = "#8888";
        context.strokeRect(left, top, wide, high);
        context.fillText(name, left + 4, top + high / 2, wide - 8);
        const [least, most] = spans[at];
        context.globalAlpha = 0.75;
        context.fillText(least, left + 4, top + high - 5, wide / 2);
        context.textAlign = "right";
        context.fillText(most, left + wide - 4, top + 12 * devicePixelRatio, wide / 2);
        context.textAlign = "left";
        context.globalAlpha = 1;
      });
    };
  }, (drag, ended) => {
    const { width, height } = matrix.canvas;
    const column = Math.min(d - 1, Math.floor((drag[0][0] * d) / width));
    const row = Math.min(d - 1, Math.floor((drag[0][1] * d) / height));
    if (ended && row !== column) within(drag, cell(width, height, row * d + column), places[column], places[row]);
  });

  const flat = new Panel("A flat view along the directions in which the rows differ most (PCA; columns are scaled for this picture, whatever the clusters did): near points are alike; drag to brush", 0.7,
    (pixels, width, height) => dots(pixels, width, [2, 2, width - 4, height - 4], plane[0], plane[1], 2),
    (drag, ended) => {
      const { width, height } = flat.canvas;
      if (ended) within(drag, [2, 2, width - 4, height - 4], plane[0], plane[1]);
    });

  const solid = new Panel(`In space: ${names.slice(0, 3).map((name, at) => `${name} (${spans[at].join(" to ")})`).join(", ")}: drag to turn`, 0.7, (pixels, width, height) => {
    const [[sin, cos], [up, flatly]] = turn.map((angle) => [Math.sin(angle), Math.cos(angle)]);
    const seen = (a, b, c) => [0.5 + (a * cos - b * sin) * 0.57, 0.5 + (c * flatly + (a * sin + b * cos) * up) * 0.57];
    const [x, y] = [new Float32Array(rows), new Float32Array(rows)];
    for (let i = 0; i < rows; i++) [x[i], y[i]] = seen(cube[0][i] - 0.5, cube[1][i] - 0.5, cube[2][i] - 0.5);
    dots(pixels, width, [2, 2, width - 4, height - 4], x, y, 2);
    return (context) => {
      writing(context);
      const place = (corner) => {
        const [right, above] = seen(...corner);
        return [2 + right * (width - 4), height - 2 - above * (height - 4)];
      };
      const origin = [-0.5, -0.5, -0.5];
      names.slice(0, 3).forEach((name, axis) => {
        const [from, to] = [place(origin), place(origin.map((value, at) => (at === axis ? 0.5 : value)))];
        context.strokeStyle = "#8888";
        context.beginPath();
        context.moveTo(...from);
        context.lineTo(...to);
        context.stroke();
        // A name never leaves the picture.
        const wide = context.measureText(name).width;
        context.fillText(name, Math.max(4, Math.min(to[0] + 4, width - wide - 4)), Math.max(14 * devicePixelRatio, Math.min(to[1], height - 6)));
      });
    };
  }, (drag) => {
    const [[ax, ay], [bx, by_]] = drag;
    turn = [turn[0] + (bx - ax) / 200, Math.max(-1.5, Math.min(1.5, turn[1] + (by_ - ay) / 200))];
    drag[0] = drag[1];
    solid.show();
  });

  solid.turns = true;

  // Room for names and values above and below the axes.
  const [TOP, BOTTOM] = [34, 22].map((room) => Math.round(room * devicePixelRatio));
  const wires = new Panel("Parallel coordinates, each row a line over all features: drag along an axis to brush", 0.5, (pixels, width, height) => {
    const { full, faint } = ink();
    const axes = places.length;
    const gap = (width - 40) / Math.max(1, axes - 1);
    const most = height - TOP - BOTTOM;
    for (const pass of chosen ? [0, 1] : [1]) {
      const stands_out = chosen && pass;
      for (let i = 0; i < rows; i++) {
        if (chosen && chosen[i] !== pass) continue;
        const colour = pass ? full[by[i] % full.length] : faint;
        for (let axis = 0; axis + 1 < axes; axis++) {
          const from = places[axis][i];
          const slope = (places[axis + 1][i] - from) / gap;
          // One dot every few pixels: a line of so many rows is a shade, not a stroke.
          for (let x = 0; x < gap; x += stands_out ? 1 : 3) {
            const y = TOP + Math.round((1 - from - slope * x) * most);
            const at = y * width + 20 + Math.round(axis * gap + x);
            pixels[at] = colour;
            if (stands_out) pixels[at + width] = colour;
          }
        }
      }
    }
    return (context) => {
      writing(context);
      names.forEach((name, axis) => {
        const x = 20 + axis * gap;
        context.fillRect(x - 1, TOP, 2, most);
        context.textAlign = axis === 0 ? "left" : axis + 1 === axes ? "right" : "center";
        const place = axis === 0 ? 2 : axis + 1 === axes ? width - 2 : x;
        context.fillText(name, place, 12 * devicePixelRatio, gap - 4);
        context.globalAlpha = 0.75;
        context.fillText(spans[axis][1], place, TOP - 4 * devicePixelRatio);
        context.fillText(spans[axis][0], place, height - 5 * devicePixelRatio);
        context.globalAlpha = 1;
      });
    };
  }, (drag, ended) => {
    if (!ended) return;
    const { width, height } = wires.canvas;
    const gap = (width - 40) / Math.max(1, places.length - 1);
    const axis = Math.max(0, Math.min(places.length - 1, Math.round((drag[0][0] - 20) / gap)));
    const [, y0, , y1] = box(drag);
    const most = height - TOP - BOTTOM;
    const [low, high] = [1 - (y1 - TOP) / most, 1 - (y0 - TOP) / most];
    pick((i) => high - low > 0.004 && places[axis][i] >= low && places[axis][i] <= high);
  });

  const all = [matrix, flat, wires, solid];
  const element = h("div", { class: "plots" }, all.map((panel) => panel.figure));
  const show = () => {
    const begin = performance.now();
    all.forEach((panel) => panel.show());
    element.dataset.drawn = (performance.now() - begin).toFixed(1);
  };
  new ResizeObserver(show).observe(element);
  const light = matchMedia("(prefers-color-scheme: dark)");
  const relit = () => (element.isConnected ? show() : light.removeEventListener("change", relit));
  light.addEventListener("change", relit);
  return {
    element,
    colour(what) {
      by = what === "label" ? label : cluster;
      show();
    },
    choose(test, byNumber) {
      pick(test, byNumber);
    },
  };
}
