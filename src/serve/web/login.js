// The token becomes a cookie; it cannot be read by any script.
const form = document.getElementById("login");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const token = new FormData(form).get("token");
  const answer = await fetch("/api/v1/login", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ token }),
  });
  if (answer.ok) location.assign("/");
  else document.getElementById("said").textContent = "That is not the token.";
});
