"use strict";
const form = document.forms.filter;
const scenarios = [...document.querySelectorAll("[data-text]")];
const areas = [...document.querySelectorAll("section[data-area]")];

function filter() {
    const words = form.words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const kind = form.kind.value;
    let shown = 0;
    for (const it of scenarios) {
        const wanted = kind.startsWith("is:") ? it.dataset.verdict === kind.slice(3) : kind === "" || kind.split(" ").includes(it.dataset.kind);
        const fits = wanted && words.every(word => it.dataset.text.includes(word));
        it.hidden = !fits;
        shown += fits;
    }
    for (const area of areas) area.hidden = !area.querySelector("[data-text]:not([hidden])");
    form.shown.value = `${shown} of ${scenarios.length}`;
}

// A link to a scenario, #id-token/nonce-wrong, shows that one alone.
function show() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target) {
        form.words.value = target.id;
        form.kind.value = "";
        target.open = true;
    }
    filter();
}

// The counts at the top show what they count.
for (const button of document.querySelectorAll("[data-show]")) {
    button.addEventListener("click", () => {
        const kind = button.dataset.show;
        form.words.value = "";
        form.kind.value = kind === "expected" ? kind : `is:${kind}`;
        filter();
        form.scrollIntoView();
    });
}

form.hidden = false;
form.addEventListener("input", filter);
form.addEventListener("submit", event => event.preventDefault());
addEventListener("hashchange", show);
show();
