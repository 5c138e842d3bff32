const form = document.getElementById("form");
const show = (item) => {
  const line = document.createElement("li");
  line.textContent = item.text;
  document.getElementById("list").append(line);
};
fetch("/todos").then((answer) => answer.json()).then((items) => items.forEach(show));
new EventSource("/changes").addEventListener("added", (event) => show(JSON.parse(event.data)));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  fetch("/todos", { method: "POST", body: new URLSearchParams(new FormData(form)) });
  form.reset();
});
