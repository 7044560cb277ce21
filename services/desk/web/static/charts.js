// Figures as lines over time, drawn by uPlot: `[data-charts-from]` names where the figures are, `[data-chart]` each chart.
// Colours come from the style sheet, so that they follow the page's look.
(() => {
  "use strict";
  const HEIGHT = 190, LINES = 8, DASHES = [[], [8, 4], [2, 3]];
  const language = document.documentElement.lang;
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
  const drawn = new Map();

  const shown = (value) => (value == null ? "–" : number.format(value));
  const newest = (plot, line) => plot.data[line][plot.data[line].length - 1];

  // A hidden mark of each class knows its colour as the browser has worked it out.
  function colour(figure, name) {
    let mark = figure.querySelector(`i.${name}`);
    if (!mark) {
      mark = document.createElement("i");
      mark.className = name;
      mark.hidden = true;
      figure.append(mark);
    }
    return getComputedStyle(mark).color;
  }

  function options(figure, lines, told, title) {
    const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false, timeZone: told.timezone });
    const axis = { stroke: () => colour(figure, "ink"), grid: { stroke: () => colour(figure, "grid"), width: 1 }, ticks: { show: false } };
    return {
      width: figure.clientWidth - 32,
      height: HEIGHT,
      cursor: { drag: { x: false, y: false } },
      scales: { y: { range: (_plot, _low, high) => [0, Math.max(high || 0, 1) * 1.05] } },
      axes: [
        { ...axis, space: 90, size: 30, values: (_plot, splits) => splits.map((at) => clock.format(at * 1000)) },
        { ...axis, size: 64, values: (_plot, splits) => splits.map((value) => number.format(value)) },
      ],
      series: [
        { label: title, value: (plot, at, line, place) => clock.format(1000 * (place == null ? newest(plot, line) : at)) },
        ...lines.map((line, place) => ({
          label: line.label,
          stroke: () => colour(figure, `line-${place % LINES}`),
          dash: DASHES[Math.floor(place / 3) % DASHES.length],
          width: 2,
          points: { show: false },
          value: (plot, value, line, place) => shown(place == null ? newest(plot, line) : value),
        })),
      ],
    };
  }

  function draw(figure, told, title) {
    const lines = told.charts[figure.dataset.chart] || [];
    const nothing = figure.querySelector("[data-nothing]");
    nothing.hidden = told.at.length > 1;
    if (told.at.length < 2) return;
    const data = [told.at, ...lines.map((line) => line.values)];
    const before = drawn.get(figure);
    if (before && before.series.length === data.length) { before.setData(data); return; }
    if (before) before.destroy();
    drawn.set(figure, new uPlot(options(figure, lines, told, title), data, figure));
  }

  async function read(charts) {
    try {
      const answer = await fetch(charts.dataset.chartsFrom, { redirect: "error", headers: { Accept: "application/json" } });
      if (!answer.ok) return;
      const told = await answer.json();
      charts.querySelectorAll("[data-chart]").forEach((figure) => draw(figure, told, charts.dataset.time));
    } catch { /* the page says by itself that the connection is lost */ }
  }

  document.querySelectorAll("[data-charts-from]").forEach((charts) => {
    read(charts);
    const every = Number(charts.dataset.chartsEvery);
    if (every) window.setInterval(() => { if (!document.hidden) read(charts); }, every);
  });
  const redraw = () => drawn.forEach((plot) => plot.redraw(false));
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  const sizes = new ResizeObserver((changes) => changes.forEach(({ target }) => {
    const plot = drawn.get(target);
    if (plot) plot.setSize({ width: target.clientWidth - 32, height: HEIGHT });
  }));
  document.querySelectorAll("[data-chart]").forEach((figure) => sizes.observe(figure));
})();
