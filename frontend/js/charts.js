// The trend chart, drawn from JSON in the page. Only the parts of ECharts it needs are built in.
import { use, init, getInstanceByDom } from "echarts/core";
import { BarChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { SVGRenderer } from "echarts/renderers";

use([BarChart, LineChart, AriaComponent, GridComponent, MarkLineComponent, TooltipComponent, SVGRenderer]);

// The library reads sRGB, not oklch() nor light-dark(): let the browser resolve a token, then a 1x1 canvas.
const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
const probe = document.createElement("span");

function color(token, alpha = 1) {
  probe.style.color = `var(${token})`;
  pen.clearRect(0, 0, 1, 1);
  pen.fillStyle = getComputedStyle(probe).color;
  pen.fillRect(0, 0, 1, 1);
  const [r, g, b] = pen.getImageData(0, 0, 1, 1).data;
  return `rgba(${r},${g},${b},${alpha})`;
}

function wording(data) {
  if (data.unit === "money") {
    const scale = 10 ** data.exponent;
    const full = new Intl.NumberFormat("en-US", { style: "currency", currency: data.currency, minimumFractionDigits: 0 });
    const short = new Intl.NumberFormat("en-US", { style: "currency", currency: data.currency, notation: "compact", minimumFractionDigits: 0, maximumFractionDigits: 1 });
    return { full: (minor) => full.format(minor / scale), short: (minor) => short.format(minor / scale) };
  }
  const suffix = data.unit === "percent" ? "%" : " d";
  const write = (value) => `${+value.toFixed(1)}${suffix}`;
  return { full: write, short: write };
}

const escaped = (text) => String(text).replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

function tooltip(data, words) {
  return (points) => {
    const at = points[0].dataIndex, now = data.values[at], then = data.before?.[at];
    const first = `<b>${escaped(data.dates[at])}</b>&ensp;${now == null ? "no data" : escaped(words.full(now))}`;
    if (then == null) return `<div class="tip">${first}</div>`;
    const change = now != null && then ? ` (${now >= then ? "+" : "−"}${Math.abs(Math.round((now / then - 1) * 100))}%)` : "";
    return `<div class="tip">${first}<br><span>${escaped(data.datesBefore[at])}&ensp;${escaped(words.full(then))}${change}</span></div>`;
  };
}

// The bucket that today is still filling stands apart: the line to it is dashed.
const whole = (data) => data.values.map((value, at) => (data.partial && at === data.values.length - 1 ? null : value));
const unfinished = (data) => data.values.map((value, at) => (data.partial && at >= data.values.length - 2 ? value : null));

function line(name, values, style) {
  return { name, type: "line", data: values, smooth: 0.35, smoothMonotone: "x", connectNulls: true, showSymbol: false, symbol: "circle", symbolSize: 7, ...style };
}

// Between days on which nothing came a line would show humps that never were.
const sparse = (data) => data.unit === "money" && data.values.filter(Boolean).length * 2 < data.values.length;

function bars(name, values, token, alpha, z) {
  return { name, type: "bar", data: values, barMaxWidth: 14, barGap: "-100%", z, itemStyle: { color: color(token, alpha), borderRadius: [3, 3, 0, 0] } };
}

function series(data) {
  if (sparse(data)) return [bars("Before", data.before ?? [], "--c0", 0.5, 1), { ...bars("Now", data.values, data.token, 1, 3), markLine: marks(data) }];
  const main = color(data.token), before = data.before ?? [];
  const look = { itemStyle: { color: main, borderColor: color("--surface"), borderWidth: 2 }, z: 3 };
  const fill = { type: "linear", x: 0, y: 0, x2: 0, y2: 1, colorStops: [{ offset: 0, color: color(data.token, 0.2) }, { offset: 1, color: color(data.token, 0) }] };
  const all = [line("Before", before, { symbol: "none", silent: true, lineStyle: { color: color("--c0"), width: 1.5, type: [4, 4] }, z: 1 })];
  if (data.partial) all.push(line("So far", unfinished(data), { ...look, lineStyle: { color: main, width: 2, type: [3, 4] } }));
  all.push(line("Now", whole(data), { ...look, lineStyle: { color: main, width: 2.25 }, areaStyle: { color: fill }, markLine: marks(data) }));
  return all;
}

function marks(data) {
  return {
    silent: true, symbol: "none", lineStyle: { color: color("--ink-3", 0.7), type: [2, 3], width: 1 },
    label: { formatter: ({ name }) => name, color: color("--ink-2"), fontSize: 11, position: "end", distance: 6, backgroundColor: color("--sunken"), borderColor: color("--line"), borderWidth: 1, borderRadius: 5, padding: [3, 6] },
    data: (data.marks ?? []).map((mark) => ({ name: mark.label, xAxis: mark.at })),
  };
}

function options(data) {
  const words = wording(data), ink = color("--ink-3"), rule = color("--line"), many = data.values.length;
  const every = Math.max(1, Math.round(many / (innerWidth < 760 ? 3 : 5)));
  return {
    animationDuration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 400,
    textStyle: { fontFamily: "Inter Variable, Inter, system-ui" },
    grid: { left: 8, right: 12, top: data.marks?.length ? 30 : 14, bottom: 8, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
    tooltip: { trigger: "axis", backgroundColor: color("--raised"), borderColor: color("--line-strong"), borderWidth: 1, padding: [8, 12], textStyle: { color: color("--ink"), fontSize: 12 }, axisPointer: { type: "line", lineStyle: { color: color("--line-strong"), type: "solid" } }, formatter: tooltip(data, words) },
    xAxis: { type: "category", data: data.labels, boundaryGap: sparse(data), axisLine: { lineStyle: { color: rule } }, axisTick: { show: false }, axisLabel: { color: ink, fontSize: 11, margin: 12, interval: (at) => at % every === 0 } },
    yAxis: { type: "value", min: 0, splitNumber: 4, minInterval: data.unit === "money" ? 10 ** data.exponent : 0, splitLine: { lineStyle: { color: rule } }, axisLabel: { color: ink, fontSize: 11, margin: 12, formatter: words.short } },
    series: series(data),
  };
}

function draw(place) {
  const source = document.getElementById(place.dataset.chart);
  if (!source) return;
  const old = getInstanceByDom(place);
  old ? old.dispose() : place.replaceChildren();
  const data = JSON.parse(source.textContent);
  init(place, null, { renderer: "svg" }).setOption(options(data));
  place.dataset.drawn = sparse(data) ? "bars" : "lines";
}

function drawAll() {
  document.body.append(probe);
  document.querySelectorAll("[data-chart]").forEach(draw);
  probe.remove();
}

addEventListener("resize", () => document.querySelectorAll("[data-chart]").forEach((place) => getInstanceByDom(place)?.resize()));
window.tideoverCharts = { drawAll };
document.dispatchEvent(new Event("tideover:charts"));
