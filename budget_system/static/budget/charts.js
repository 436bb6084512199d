/* Charts of the admin: texts that can be read in both themes, also after the theme is switched. */
"use strict";

(() => {
    const colours = () =>
        document.documentElement.classList.contains("dark")
            ? { text: "#d1d5db", grid: "#374151" }
            : { text: "#374151", grid: "#e5e7eb" };

    const paint = () => {
        const { text, grid } = colours();
        Chart.defaults.color = text;
        for (const chart of Object.values(Chart.instances)) {
            for (const scale of Object.values(chart.options.scales ?? {})) {
                scale.grid.color = grid;
                scale.ticks.color = text;
                if (scale.title) { scale.title.color = text; }
            }
            chart.update("none");
        }
    };

    window.addEventListener("load", () => {
        // After the library's own listener, which makes the charts and gives their grids colours of its own.
        setTimeout(paint);
        new MutationObserver(() => setTimeout(paint)).observe(document.documentElement, { attributeFilter: ["class"] });
    });
})();
