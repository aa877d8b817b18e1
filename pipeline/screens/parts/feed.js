// A post as a feed shows it, folded. Everything from outside goes through textContent; images are `data:` addresses.
export default function ({ data, parentElement }) {
  const find = (name) => parentElement.querySelector(name);
  const root = find(".feed");
  const words = data.words;
  const chosen = root.dataset.device in data.folds ? root.dataset.device : Object.keys(data.folds).at(-1) || "";

  if (data.fromTop && root.dataset.shown !== data.fromTop) {
    root.dataset.shown = data.fromTop;
    document.querySelector('[data-testid="stMain"]')?.scrollTo({ top: 0 });
  }

  find(".name").textContent = data.name;
  find(".meta").textContent = words.meta;
  find(".face").textContent = (data.name.trim()[0] || "·").toUpperCase();

  const draw = (device, open) => {
    root.dataset.device = device;
    find(".post").classList.toggle("phone", device === "phone");
    const characters = [...data.text];
    const fold = data.folds[device] || 0;
    const text = find(".text");
    const folded = fold && characters.length > fold && !open;
    text.textContent = folded ? characters.slice(0, fold).join("").trimEnd() + "… " : data.text;
    if (folded) {
      const more = document.createElement("button");
      more.type = "button";
      more.className = "more";
      more.textContent = words.more;
      more.onclick = () => draw(device, true);
      text.append(more);
    }
    const devices = Object.entries(data.folds).map(([name, length]) => {
      const made = document.createElement("button");
      made.type = "button";
      made.textContent = `${words[name] || name} · ${length}`;
      made.setAttribute("aria-pressed", String(name === device));
      made.onclick = () => draw(name, false);
      return made;
    });
    find(".switch").replaceChildren(...devices);
  };
  draw(chosen, false);

  const shown = (image, picture) => {
    image.hidden = !picture;
    if (picture) {
      image.src = picture.data;
      image.alt = picture.alt;
    } else {
      image.removeAttribute("src");
    }
  };
  const card = data.card;
  find(".picture").hidden = !data.picture || Boolean(card);
  shown(find(".picture img"), card ? null : data.picture);
  find(".card").hidden = !card;
  shown(find(".card img"), card ? data.picture : null);
  find(".card-title").textContent = card ? card.title : "";
  find(".card-words").textContent = card ? card.description : "";
  find(".card-host").textContent = card ? card.host : "";

  find(".count").textContent = data.count;
  find(".count").classList.toggle("over", data.over);
}
