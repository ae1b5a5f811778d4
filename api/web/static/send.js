// Requests of scripts to our own pages: they carry the session's token, and fail with a sentence for people.
import { t } from "./words.js";

export class Refused extends Error {}

export const headers = () => ({
  Accept: "application/problem+json",
  "X-CSRF-Token": document.querySelector("meta[name=csrf]")?.content ?? "",
  "X-Requested-With": "script",
});

// The sentence of an answer that refuses; a session that has ended leads to signing in.
export const refusal = (status, type, text) => {
  if (status === 401) location.reload();
  if (status === 0) return t("The service cannot be reached. Check the connection and try again.");
  if (!type?.startsWith("application/problem+json")) return t("Something went wrong here. Try again.");
  return JSON.parse(text).detail;
};

export const send = async (path, body, method = "POST") => {
  const answer = await fetch(path, { method, body, headers: headers() }).catch(() => {
    throw new Refused(refusal(0));
  });
  if (!answer.ok) throw new Refused(refusal(answer.status, answer.headers.get("content-type"), await answer.text()));
  return answer;
};
