// Lines over time, one for each pattern.

const KEPT = 120;
const MARGIN = { left: 44, right: 8, top: 8, bottom: 18 };

export class Chart {
  constructor(canvas, logarithmic) {
    this.canvas = canvas;
    this.logarithmic = logarithmic;
    this.lines = new Map();
  }

  add(name, at, value) {
    if (!this.lines.has(name)) {
      this.lines.set(name, []);
    }
    const line = this.lines.get(name);
    line.push([at, value]);
    if (line.length > KEPT) {
      line.shift();
    }
  }

  clear() {
    this.lines.clear();
  }

  draw(colors, palette) {
    const ratio = window.devicePixelRatio || 1;
    const width = this.canvas.clientWidth;
    const height = this.canvas.clientHeight;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    const pen = this.canvas.getContext('2d');
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.font = '11px system-ui, sans-serif';
    const all = [...this.lines.values()].flat();
    if (all.length === 0) {
      return;
    }
    const end = Math.max(...all.map(([at]) => at));
    const most = Math.max(...all.map(([, value]) => value), this.logarithmic ? 10 : 1);
    const scale = this.scale(most);
    const x = at => MARGIN.left + (1 - (end - at) / 60) * (width - MARGIN.left - MARGIN.right);
    const y = value => height - MARGIN.bottom - scale(value) * (height - MARGIN.top - MARGIN.bottom);
    pen.strokeStyle = colors.line;
    pen.fillStyle = colors.quiet;
    pen.textAlign = 'right';
    for (const tick of this.ticks(most)) {
      pen.beginPath();
      pen.moveTo(MARGIN.left, y(tick));
      pen.lineTo(width - MARGIN.right, y(tick));
      pen.stroke();
      pen.fillText(String(tick), MARGIN.left - 5, y(tick) + 4);
    }
    for (const back of [60, 40, 20, 0]) {
      pen.textAlign = back === 0 ? 'right' : 'center';
      pen.fillText(back === 0 ? 'now' : '-' + back + ' s', x(end - back), height - 4);
    }
    pen.lineWidth = 2;
    for (const [name, line] of this.lines) {
      pen.strokeStyle = palette[name];
      pen.beginPath();
      line
        .filter(([at]) => end - at <= 60)
        .forEach(([at, value], i) => (i === 0 ? pen.moveTo(x(at), y(value)) : pen.lineTo(x(at), y(value))));
      pen.stroke();
    }
    pen.lineWidth = 1;
  }

  scale(most) {
    const least = 0.1;
    return this.logarithmic
      ? value => Math.log(Math.max(value, least) / least) / Math.log(most / least)
      : value => value / most;
  }

  ticks(most) {
    if (this.logarithmic) {
      return [0.1, 1, 10, 100, 1000, 10000].filter(tick => tick <= most);
    }
    const step = Math.pow(10, Math.floor(Math.log10(most)));
    const fine = most / step < 2 ? step / 2 : most / step < 5 ? step : 2 * step;
    return Array.from({ length: Math.floor(most / fine) + 1 }, (_, i) => i * fine);
  }
}
