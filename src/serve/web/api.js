// The API, and nothing else, is what the pages know.

/** What went wrong, as the API tells it: kind, message, hint. */
export class Fault extends Error {
  constructor({ kind, message, hint, instead }) {
    super(hint ? `${message}: ${hint}` : message);
    this.kind = kind;
    this.instead = instead;
  }
}

async function ask(path, options, read = (answer) => answer.json()) {
  // What cannot be followed comes as an answer: any other status a browser takes for a failure of the page.
  const answer = await fetch(`/api/v1${path}`, { ...options, headers: { ...options?.headers, "Botany-Faults": "told" } });
  if (answer.ok && !answer.headers.has("Botany-Fault")) return answer.status === 204 ? null : read(answer);
  const fault = await answer.json().catch(() => ({ kind: "internal", message: answer.statusText }));
  if (fault.kind === "token") location.assign("/login");
  throw new Fault(fault);
}

export const get = (path, query) => {
  const given = Object.entries(query ?? {}).filter(([, value]) => value !== "" && value != null);
  return ask(given.length ? `${path}?${new URLSearchParams(given)}` : path);
};

/** An answer that is no JSON. */
export const bytes = (path) => ask(path, undefined, (answer) => answer.arrayBuffer());

const send = (method) => (path, body) =>
  ask(path, {
    method,
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body ?? {}),
  });

export const post = send("POST");

/** What a body is answered with, saved as a file. */
export async function save(path, body, name) {
  const options = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const href = URL.createObjectURL(await ask(path, options, (answer) => answer.blob()));
  const link = document.createElement("a");
  link.href = href;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(href), 10000);
}

export const remove = send("DELETE");

export const put = (path, file) => ask(path, { method: "PUT", body: file });

/** Waits until a job has ended, telling how far it is. */
export async function ended(id, tell) {
  for (;;) {
    const job = await get(`/jobs/${id}`);
    tell?.(job);
    if (!["waiting", "running"].includes(job.state)) return job;
    await new Promise((later) => setTimeout(later, 300));
  }
}
