// A form for what a model takes, and its answer. Whatever the server says is set as text, never as HTML.
const element = id => document.getElementById(id);
const token = new URLSearchParams(location.search).get("token");
const headers = token ? { Authorization: `Bearer ${token}` } : {};
let models = [], current = null;

function make(kind, properties, ...children) {
  const made = Object.assign(document.createElement(kind), properties);
  made.append(...children);
  return made;
}

function field(name, control) {
  control.id = `field-${name}`;
  control.dataset.name = name;
  element("fields").append(make("label", { htmlFor: control.id, textContent: name }), control);
}

function show(model) {
  current = model;
  element("where").textContent = `version ${model.version}, on ${model.device}`;
  element("fields").replaceChildren();
  element("message").hidden = true;
  for (const input of model.inputs) {
    if (input.kind === "row") {
      for (const column of input.columns) {
        if (column.words.length === 0) field(column.name, make("input", { type: "text", inputMode: "decimal", placeholder: column.gaps ? "a gap" : "a number" }));
        else field(column.name, make("select", {}, ...(column.gaps ? [make("option", { value: "", textContent: "(a gap)" })] : []), ...column.words.map(w => make("option", { value: w, textContent: w }))));
      }
    } else if (input.kind === "picture" || input.kind === "sound") {
      field(input.name, make("input", { type: "file", accept: input.kind === "sound" ? ".wav,audio/wav" : "image/png,image/jpeg" }));
    } else {
      field(input.name, make("textarea", { placeholder: `${input.says}, with spaces between them` }));
    }
  }

  element("answer").replaceChildren(make("p", { className: "soft", textContent: "Fill in the form and press predict. What is left empty is a gap, and filled as in training." }));
  tellProgram({});
}

const asBase64 = file => new Promise((done, failed) => {
  const reader = new FileReader();
  reader.onload = () => done(reader.result);
  reader.onerror = () => failed(reader.error);
  reader.readAsDataURL(file);
});

async function record() {
  const asked = {};
  for (const control of element("fields").querySelectorAll("[data-name]")) {
    const name = control.dataset.name;
    if (control.type === "file") {
      if (control.files.length > 0) asked[name] = await asBase64(control.files[0]);
    } else if (control.tagName === "TEXTAREA") {
      asked[name] = control.value.split(/[\s,]+/).filter(w => w !== "").map(w => isNaN(w) ? w : Number(w));
    } else if (control.value.trim() !== "") asked[name] = control.value.trim();
  }

  return asked;
}

function tellProgram(asked) {
  const short = {};
  for (const [name, value] of Object.entries(asked)) short[name] = typeof value === "string" && value.length > 60 ? `${value.slice(0, 40)}…` : value;
  const secret = token ? ` -H "Authorization: Bearer ${token}"` : "";
  element("curl").textContent = `curl ${location.origin}/models/${current.name}/predict${secret} -d '${JSON.stringify(short)}'`;
}

function tell(answer) {
  const parts = [];
  const outputs = answer.outputs ?? { "": answer };
  for (const [name, said] of Object.entries(outputs)) {
    if (name !== "") parts.push(make("h2", { textContent: name }));
    if (said.class) parts.push(make("p", { className: "best", textContent: said.class }));
    const told = said.text ?? (said.classes ?? said.sequence)?.join(" ");
    if (told !== undefined) {
      parts.push(make("p", { className: "best", textContent: told }));
      continue;
    }

    const most = 200, numbers = Object.entries(said.output), isShare = Boolean(said.class);
    const table = make("table");
    for (const [label, value] of isShare ? numbers.sort((a, b) => b[1] - a[1]) : numbers.slice(0, most)) {
      const row = make("tr", {}, make("td", { textContent: numbers.length > 1 ? label : "" }), make("td", { textContent: value === null ? "no number" : Number(value.toPrecision(6)) }));
      if (isShare) row.append(make("td", { className: "share" }, make("meter", { min: 0, max: 1, value, title: label })));
      table.append(row);
    }

    parts.push(table);
  }

  element("answer").replaceChildren(...parts);
}

element("form").addEventListener("submit", async event => {
  event.preventDefault();
  element("ask").disabled = true;
  for (const wrong of element("fields").querySelectorAll(".wrong")) wrong.classList.remove("wrong");
  try {
    const asked = await record();
    tellProgram(asked);
    const reply = await fetch(`models/${current.name}/predict`, { method: "POST", headers: { ...headers, "Content-Type": "application/json" }, body: JSON.stringify(asked) });
    const said = await reply.json();
    element("message").hidden = reply.ok;
    if (reply.ok) tell(said);
    else {
      element("message").textContent = said.detail;
      for (const control of element("fields").querySelectorAll("[data-name]")) {
        if (control.dataset.name === said.field) {
          control.classList.add("wrong");
          control.focus();
        }
      }
    }
  } catch (error) {
    element("message").textContent = `the server does not answer: ${error.message}`;
    element("message").hidden = false;
  } finally {
    element("ask").disabled = false;
  }
});

element("model").addEventListener("change", () => show(models[element("model").selectedIndex]));

const reply = await fetch("models", { headers });
models = await reply.json();
element("name").textContent = models.length === 1 ? models[0].name : "nn";
element("model").hidden = models.length === 1;
element("model").replaceChildren(...models.map(m => make("option", { textContent: m.name })));
if (token) element("openapi").href = `openapi.json?token=${token}`;
show(models[0]);
