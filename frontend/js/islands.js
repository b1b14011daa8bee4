// Chart islands: data stands in the page as JSON; the chart library (a separate file) draws over the server's picture.
export function startCharts() {
  const draw = () => window.tideoverCharts?.drawAll();
  document.addEventListener("htmx:afterSettle", draw);
  document.addEventListener("tideover:theme", draw);
  document.addEventListener("tideover:charts", draw);
  draw();
}
