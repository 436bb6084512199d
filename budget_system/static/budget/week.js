/* The grid of a campaign's week. The text beside it (#week-text) is what is sent: painting writes it, and what is typed
 * is read by the server, whose answer is drawn. Windows are {start, length, on}, in seconds since Monday 00:00.
 *
 * For tests: cells are [data-day][data-hour][data-minute] in #week-grid (minutes are 0 unless the quarter hours are
 * shown), windows [data-window], the present time [data-now]; #week-grid[data-ready] once it can be painted.
 */
"use strict";

(() => {
    const HOUR = 3600, DAY = 24 * HOUR, WEEK = 7 * DAY, QUARTER = HOUR / 4, BY_DAY = 7 * HOUR, READ_AFTER = 250, TICK = 20000;
    const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    const ALWAYS = "Always", OFF = " (off)";

    const two = (number) => String(number).padStart(2, "0");
    const clock = (second) => {
        const [hour, minute, rest] = [Math.floor(second / HOUR), Math.floor(second / 60) % 60, second % 60];
        return `${two(hour)}:${two(minute)}${rest ? `:${two(rest)}` : ""}`;
    };
    const dayOf = (one) => Math.floor(one.start / DAY);
    const endOf = (one) => one.start + one.length;
    const hoursOf = (one) => {
        const start = one.start % DAY, end = start + one.length;
        return `${clock(start)}–${end === DAY ? "24:00" : clock(end % DAY)}${one.on ? "" : OFF}`;
    };
    const inOrder = (one, other) => one.start - other.start || one.length - other.length || one.on - other.on;

    /* The week in one line, as the server writes it. */
    function textOf(windows) {
        const daysOf = new Map(), hoursOn = new Map();
        for (const one of [...windows].sort(inOrder)) {
            const hours = hoursOf(one);
            daysOf.set(hours, [...(daysOf.get(hours) || []), dayOf(one)]);
        }
        for (const [hours, days] of daysOf) {
            const name = daysText(days);
            hoursOn.set(name, [...(hoursOn.get(name) || []), hours]);
        }
        return [...hoursOn].map(([name, hours]) => `${name} ${hours.join(" and ")}`).join(", ") || ALWAYS;
    }

    function daysText(days) {
        if (days.length === DAYS.length) return "Daily";
        const runs = [];
        for (const day of days) {
            const last = runs[runs.length - 1];
            if (last && last[1] === day - 1) last[1] = day;
            else runs.push([day, day]);
        }
        return runs.map(([from, to]) => (from === to ? DAYS[from] : `${DAYS[from]}–${DAYS[to]}`)).join(", ");
    }

    /* A span of time as windows: one that runs over one midnight stays one, a longer one is parted by days. */
    function windowsOf(start, end, on) {
        const first = ((start % WEEK) + WEEK) % WEEK, last = first + end - start;
        const midnights = Math.ceil(last / DAY) - Math.floor(first / DAY) - 1;
        if (midnights < 1 || (midnights === 1 && last - first <= DAY)) return [{ start: first, length: last - first, on }];
        const found = [];
        for (let from = first; from < last; ) {
            const to = Math.min(last, (Math.floor(from / DAY) + 1) * DAY);
            found.push({ start: from % WEEK, length: to - from, on });
            from = to;
        }
        return found;
    }

    /* Where a window lies beside a span: Sunday's night is also before Monday. */
    const turns = (one, start, end, touching) =>
        [0, -WEEK, WEEK].filter((turn) => {
            const from = one.start + turn, to = endOf(one) + turn;
            return touching ? from <= end && start <= to : from < end && start < to;
        });
    const fits = (one, step) => one.start % step === 0 && one.length % step === 0;

    function without(windows, start, end, concerned) {
        return windows.flatMap((one) => {
            const [turn] = concerned(one) ? turns(one, start, end, false) : [];
            if (turn === undefined) return [one];
            const from = one.start + turn, to = endOf(one) + turn;
            return [
                ...(from < start ? windowsOf(from, start, one.on) : []),
                ...(end < to ? windowsOf(end, to, one.on) : []),
            ];
        });
    }

    /* Open a span: what is open in it, or fits the grid and touches it, becomes one window with it. */
    function opened(windows, start, end, step) {
        let [from, to] = [start, end];
        const rest = without(windows, start, end, (one) => !one.on).filter((one) => {
            const [turn] = one.on ? turns(one, start, end, fits(one, step)) : [];
            if (turn === undefined) return true;
            from = Math.min(from, one.start + turn);
            to = Math.max(to, endOf(one) + turn);
            return false;
        });
        return [...rest, ...windowsOf(from, to, true)];
    }

    const closed = (windows, start, end) => without(windows, start, end, () => true);

    function isOpen(windows, start, end) {
        let at = start;
        const spans = windows
            .filter((one) => one.on)
            .flatMap((one) => [0, -WEEK].map((turn) => [one.start + turn, endOf(one) + turn]))
            .sort((one, other) => one[0] - other[0]);
        for (const [from, to] of spans) if (from <= at && at < to) at = to;
        return at >= end;
    }

    const element = (name, className, text = "") => {
        const made = document.createElement(name);
        made.className = className;
        made.textContent = text;
        return made;
    };

    function start(root) {
        const data = JSON.parse(root.querySelector("#week-data").textContent);
        const grid = root.querySelector("#week-grid"), field = root.querySelector("textarea");
        const words = root.querySelector("#week-words"), fault = root.querySelector("#week-error");
        const loaded = Date.now();
        let windows = data.windows || [], step = HOUR, stroke = null, waiting = 0;

        function drawCells() {
            const hours = element("div", "bs-week-hours");
            hours.append(element("span", "bs-week-name"));
            const scale = element("div", "bs-week-scale");
            for (let hour = 0; hour < 24; hour++) scale.append(element("span", "", two(hour)));
            hours.append(scale);
            grid.replaceChildren(hours);
            grid.dataset.step = step;
            DAYS.forEach((name, day) => {
                const row = element("div", "bs-week-day"), track = element("div", "bs-week-track");
                for (let second = 0; second < DAY; second += step) {
                    const cell = element("div", "bs-week-cell");
                    Object.assign(cell.dataset, { day, hour: Math.floor(second / HOUR), minute: (second % HOUR) / 60 });
                    track.append(cell);
                }
                row.append(element("span", "bs-week-name", name), track);
                grid.append(row);
            });
            drawWindows();
        }

        const tracks = () => [...grid.querySelectorAll(".bs-week-track")];

        function drawWindows() {
            grid.querySelectorAll("[data-window]").forEach((bar) => bar.remove());
            for (const one of windows) {
                for (let from = one.start; from < endOf(one); ) {
                    const to = Math.min(endOf(one), (Math.floor(from / DAY) + 1) * DAY);
                    const bar = element("div", one.on ? "bs-week-bar" : "bs-week-bar bs-week-off");
                    bar.dataset.window = `${DAYS[dayOf(one)]} ${hoursOf(one)}`;
                    const hours = from === one.start ? hoursOf(one).replace(OFF, "") : `–${clock(endOf(one) % DAY)}`;
                    bar.append(element("span", "", one.on ? hours : `off ${hours}`));
                    bar.style.setProperty("--from", (from % DAY) / DAY);
                    bar.style.setProperty("--size", (to - from) / DAY);
                    tracks()[Math.floor(from / DAY) % DAYS.length].append(bar);
                    from = to;
                }
            }
            root.querySelectorAll("[data-week-undo]").forEach((button) => {
                button.hidden = field.value === field.defaultValue;
            });
            drawNow();
        }

        function drawNow() {
            grid.querySelectorAll("[data-now]").forEach((line) => line.remove());
            if (!data.clock) return;
            const second = (data.clock.second + Math.floor((Date.now() - loaded) / 1000)) % WEEK;
            const line = element("div", "bs-week-now");
            line.dataset.now = `${DAYS[Math.floor(second / DAY)]} ${clock(second % DAY - (second % 60))}`;
            line.style.setProperty("--from", (second % DAY) / DAY);
            tracks()[Math.floor(second / DAY)].append(line);
            root.querySelector("[data-week-clock]").textContent =
                `Now ${line.dataset.now} on the brand’s clock (${data.clock.zone}).`;
        }

        /* What is typed is read by the server; an answer that comes late, when something else is typed, is dropped. */
        async function read() {
            const text = field.value, query = new URLSearchParams({ text, campaign: data.campaign });
            let answer;
            try {
                const response = await fetch(`${data.url}?${query}`, { headers: { Accept: "application/json" } });
                answer = await response.json();
            } catch {
                answer = { error: "The grid could not be brought up to date. What is typed is what is saved." };
            }
            if (text !== field.value) return;
            show(answer);
        }

        function show(answer) {
            fault.textContent = answer.error || "";
            fault.hidden = !answer.error;
            field.setAttribute("aria-invalid", answer.error ? "true" : "false");
            field.setAttribute("aria-describedby", answer.error ? "week-error" : "week-words");
            grid.classList.toggle("bs-week-stale", Boolean(answer.error));
            words.textContent = answer.error ? "" : answer.words;
            words.classList.toggle("bs-week-warns", Boolean(answer.warns));
            if (answer.windows) windows = answer.windows;
            drawWindows();
        }

        function write(text) {
            field.value = text;
            field.dispatchEvent(new Event("input", { bubbles: true }));
            field.dispatchEvent(new Event("change", { bubbles: true }));
        }

        const cellAt = (event) => {
            const under = document.elementFromPoint(event.clientX, event.clientY);
            return under && under.closest("#week-grid [data-hour]");
        };
        const placeOf = (cell) => ({
            day: Number(cell.dataset.day),
            second: Number(cell.dataset.hour) * HOUR + Number(cell.dataset.minute) * 60,
        });
        const corners = () => ({
            days: [Math.min(stroke.from.day, stroke.to.day), Math.max(stroke.from.day, stroke.to.day)],
            from: Math.min(stroke.from.second, stroke.to.second),
            to: Math.max(stroke.from.second, stroke.to.second) + step,
        });

        function drawStroke() {
            const area = stroke && corners();
            for (const cell of grid.querySelectorAll(".bs-week-cell")) {
                const { day, second } = placeOf(cell);
                const inside = area && area.days[0] <= day && day <= area.days[1] && area.from <= second && second < area.to;
                cell.classList.toggle("bs-week-paint", Boolean(inside && stroke.opens));
                cell.classList.toggle("bs-week-erase", Boolean(inside && !stroke.opens));
            }
        }

        function endStroke(counts) {
            const { days: [first, last], from, to } = corners(), { opens } = stroke;
            stroke = null;
            drawStroke();
            if (!counts) return;
            for (let day = first; day <= last; day++) {
                const [start, end] = [day * DAY + from, day * DAY + to];
                windows = opens ? opened(windows, start, end, step) : closed(windows, start, end);
            }
            write(textOf(windows));
            drawWindows();
        }

        grid.hidden = false;
        if (!field || data.fixed) {
            grid.classList.add("bs-week-fixed");
            drawCells();
        } else {
            grid.addEventListener("pointerdown", (event) => {
                const cell = event.button === 0 && event.isPrimary && event.target.closest("[data-hour]");
                if (!cell) return;
                const place = placeOf(cell), at = place.day * DAY + place.second;
                stroke = { from: place, to: place, opens: !isOpen(windows, at, at + step), byFinger: event.pointerType === "touch" };
                if (!stroke.byFinger) event.preventDefault();
                drawStroke();
            });
            // A finger paints cell by cell, so that the page can still be scrolled.
            document.addEventListener("pointermove", (event) => {
                const cell = stroke && !stroke.byFinger && cellAt(event);
                if (!cell) return;
                stroke.to = placeOf(cell);
                drawStroke();
            });
            document.addEventListener("pointerup", () => stroke && endStroke(true));
            document.addEventListener("pointercancel", () => stroke && endStroke(false));
            document.addEventListener("keydown", (event) => {
                if (event.key === "Escape" && stroke) endStroke(false);
            });
            field.addEventListener("input", () => {
                // What the form was refused for was said of another text.
                root.parentElement.querySelectorAll(".errorlist").forEach((list) => list.remove());
                clearTimeout(waiting);
                waiting = setTimeout(read, READ_AFTER);
            });
            root.querySelector("[data-week-tools]").hidden = false;
            root.querySelectorAll("[data-week-preset]").forEach((button) => {
                button.addEventListener("click", () => write(button.dataset.weekPreset));
            });
            root.querySelector("[data-week-never]").addEventListener("click", () => {
                write(windows.length ? textOf(windows.map((one) => ({ ...one, on: false }))) : "Never");
            });
            root.querySelector("[data-week-undo]").addEventListener("click", () => write(field.defaultValue));
            const zoom = root.querySelector("[data-week-zoom]"), scrolled = root.querySelector(".bs-week-scroll");
            zoom.addEventListener("click", () => {
                step = step === HOUR ? QUARTER : HOUR;
                zoom.setAttribute("aria-pressed", String(step === QUARTER));
                if (step === QUARTER) scrolled.setAttribute("tabindex", "0");
                else scrolled.removeAttribute("tabindex");
                drawCells();
                // What matters is rarely in the night.
                const first = Math.min(BY_DAY, ...windows.map((one) => Math.max(one.start % DAY, HOUR)));
                scrolled.scrollLeft = step === QUARTER ? ((first - HOUR) / DAY) * scrolled.scrollWidth : 0;
            });
            drawCells();
            if (!data.windows) grid.classList.add("bs-week-stale");
        }
        grid.dataset.ready = "yes";
        setInterval(drawNow, TICK);
    }

    document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("[data-week]").forEach(start));
})();
