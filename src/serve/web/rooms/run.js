// How far a recipe that is followed is.

import { remove } from "../api.js";
import { h, link } from "../dom.js";
import { saved } from "../save.js";

/** Tells a job in an element: its steps, a way to stop it, and where to look at what came of it. */
export const teller = (element) => (job) => element.replaceChildren(...[
  h("p", {}, `${job.title}: ${job.state}${job.error ? `: ${job.error}` : ""}`),
  h("ol", {}, job.steps.map((step) => h("li", {}, `${step.room}: ${step.what}`))),
  ["waiting", "running"].includes(job.state)
    ? h("button", { type: "button", click: () => remove(`/jobs/${job.id}`) }, "Stop") : null,
  job.result?.comparison
    ? h("p", {}, link(`/learn/prediction?comparison=${job.result.comparison}`, "See the leaderboard")) : null,
  job.result?.said ? saved(job.result.said) : null,
  job.result?.experiment
    ? h("p", {}, link(`/validate/${encodeURIComponent(job.result.experiment)}`, "Review it"),
      job.result.model ? [" · ", link(`/watch/${encodeURIComponent(job.result.model)}`, `The model ${job.result.model}`)] : null) : null,
].filter(Boolean));
