// How far a recipe that is followed is.

import { remove } from "../api.js";
import { h, link, note, refused } from "../dom.js";
import { saved } from "../save.js";

const OPEN = ["waiting", "running"];

/** What kinds of jobs are under way. */
export const underway = (jobs, ...kinds) => jobs.find((job) => kinds.includes(job.kind) && OPEN.includes(job.state));

/** How it ended, if that was before its end: what that means, and the way on. */
const short_of = (job) => {
  const again = "What you chose still stands on this page: change it if you like, and press the button again.";
  if (job.state === "failed") return [refused({ message: `It failed, and nothing was saved: ${job.error}.`, instead: job.instead }), h("p", {}, again)];
  if (job.state === "stopped") return [note("soft", "It was stopped, and nothing was saved."), h("p", {}, again)];
  return [];
};

const grown = ({ trees }) => (trees ? h("p", { class: "soft" }, h("progress", { value: trees[0], max: trees[1], "aria-label": "trees grown" }),
  ` tree ${trees[0]} of ${trees[1]}`) : null);

/** Tells a job in an element: its steps, a way to stop it, and where to look at what came of it; of several the newest. */
export const teller = (element) => {
  let newest = { id: 0 };
  const [told, after] = [h("div", {}), h("div", {})];
  // It stays while the rest is told anew: it can be reached and pressed.
  const stop = h("button", { type: "button", id: "stop", click: () => {
    stop.disabled = true;
    remove(`/jobs/${newest.id}`);
  } }, "Stop");
  return (job) => {
    if (job.id < newest.id) return;
    if (job.id > newest.id) stop.disabled = false;
    newest = job;
    if (!told.isConnected || element.firstChild !== told) element.replaceChildren(told, stop, after);
    stop.hidden = !OPEN.includes(job.state);
    told.replaceChildren(...[
      h("p", {}, `${job.title}: ${job.state === "waiting" ? "waits until the job before it has ended" : job.state}`),
      h("ol", {}, job.steps.map((step) => h("li", {}, `${step.room}: ${step.what}`))),
      stop.hidden ? null : grown(job),
    ].filter(Boolean));
    after.replaceChildren(...[
      ...short_of(job),
      job.result?.clustering
        ? h("p", {}, link(`/learn/clustering?clustering=${job.result.clustering}`, "See the clusters")) : null,
      job.result?.comparison
        ? h("p", {}, link(`/learn/prediction?comparison=${job.result.comparison}`, "See the leaderboard")) : null,
      job.result?.said ? saved(job.result.said) : null,
      job.result?.experiment
        ? h("p", {}, link(`/validate/${encodeURIComponent(job.result.experiment)}`, "Review it"),
          job.result.model ? [" · ", link(`/watch/${encodeURIComponent(job.result.model)}`, `The model ${job.result.model}`)] : null) : null,
    ].filter(Boolean));
  };
};
