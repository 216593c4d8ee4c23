// Light or dark: as JupyterLab or VS Code is, else as the reader's system is.

const THEMES = { attributeFilter: ["data-jp-theme-light", "data-vscode-theme-kind"] };

// Keeps an element so until the function that is returned is called.
export function followTheme(root) {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const set = () => {
    const { jpThemeLight: lab, vscodeThemeKind: code } = document.body.dataset;
    const isDark = lab ? lab === "false" : code ? code.includes("dark") : dark.matches;
    root.dataset.theme = isDark ? "dark" : "light";
  };
  const page = new MutationObserver(set);
  set();
  dark.addEventListener("change", set);
  page.observe(document.body, THEMES);
  return () => {
    dark.removeEventListener("change", set);
    page.disconnect();
  };
}
