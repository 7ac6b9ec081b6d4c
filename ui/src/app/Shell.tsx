/** What stands around every page: the side bar, the help, and on a narrow screen the menu. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, Outlet, useRouter } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { logout } from "../api/client";
import { askAgain, openIncidentsQuery, statusQuery } from "../api/queries";
import { useLive } from "../api/stream";
import { formatBytes, formatCount, plural } from "../grammar/format";
import { parseRangeSearch } from "../grammar/range";
import { Icon } from "../ui/Icon";
import { Sheet } from "../ui/Sheet";
import { useShortcuts } from "../ui/shortcuts";
import { Help } from "./Help";
import { NAV } from "./nav";
import { Outdated } from "./Outdated";
import styles from "./Shell.module.css";
import { useTheme, type Theme } from "./theme";

export function Shell() {
  const [menuOpen, setMenuOpen] = useState(false);
  const [helpOpen, setHelpOpen] = useState(false);
  const queryClient = useQueryClient();
  useLive((event) => {
    if (event.type === "reset") askAgain(queryClient);
  });
  const router = useRouter();
  useShortcuts(
    [
      {
        keys: ["/"],
        does: "Search the runs",
        run: () => void router.navigate({ to: "/runs", state: { searching: true } }),
      },
      { keys: ["?"], does: "Show these keys", run: () => setHelpOpen(true) },
    ],
    { everywhere: true },
  );
  const main = useRef<HTMLElement>(null);
  // To another page the focus goes along; within a page, and where a page took it, it stays.
  useEffect(
    () =>
      router.subscribe("onRendered", ({ fromLocation, pathChanged }) => {
        if (!fromLocation || !pathChanged || main.current?.contains(document.activeElement)) return;
        main.current?.focus({ preventScroll: true });
      }),
    [router],
  );
  return (
    <div className={styles.app}>
      <a href="#main" className={styles.skip}>
        Skip to the page
      </a>
      <header className={styles.narrowBar}>
        <Brand />
        <button
          type="button"
          className={styles.menuButton}
          aria-label="Menu"
          onClick={() => setMenuOpen(true)}
        >
          <Icon name="menu" size={18} />
        </button>
      </header>
      <div className={styles.side}>
        <Brand />
        <Navigation onHelp={() => setHelpOpen(true)} />
      </div>
      <main id="main" ref={main} className={styles.main} tabIndex={-1}>
        <Outlet />
        <Outdated />
      </main>
      <Sheet open={menuOpen} onOpenChange={setMenuOpen} title="Vedette" side="left">
        <div className={styles.sheetNav}>
          <Navigation
            onChoose={() => setMenuOpen(false)}
            onHelp={() => {
              setMenuOpen(false);
              setHelpOpen(true);
            }}
          />
        </div>
      </Sheet>
      <Help open={helpOpen} onOpenChange={setHelpOpen} />
    </div>
  );
}

export function Brand() {
  return (
    <Link to="/" className={styles.brand}>
      <svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true">
        <path
          d="M2 12 9 3l7 9"
          fill="none"
          stroke="var(--accent)"
          strokeWidth="2"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
        <circle cx="9" cy="13" r="2" fill="var(--accent)" />
      </svg>
      Vedette
    </Link>
  );
}

function Navigation({ onChoose, onHelp }: { onChoose?: () => void; onHelp: () => void }) {
  return (
    <>
      <nav aria-label="Pages" className={styles.nav}>
        {NAV.map(({ to, label, ranged }) => (
          <Link
            key={to}
            to={to}
            // The range goes along to where there is one.
            search={ranged ? (current) => parseRangeSearch({ ...current }) : {}}
            activeOptions={{ exact: to === "/", includeSearch: false }}
            className={styles.navLink}
            activeProps={{ className: styles.on }}
            {...(onChoose ? { onClick: onChoose } : {})}
          >
            {label}
            {to === "/incidents" ? <OpenCount /> : null}
          </Link>
        ))}
      </nav>
      <Foot onHelp={onHelp} />
    </>
  );
}

/** How many incidents nobody looks at yet. */
function OpenCount() {
  const { data } = useQuery(openIncidentsQuery);
  const count = data?.counts.open ?? 0;
  if (count === 0) return null;
  return (
    <span className={styles.count}>
      {formatCount(count)}
      <span className="visually-hidden"> open</span>
    </span>
  );
}

function Foot({ onHelp }: { onHelp: () => void }) {
  const { data: status } = useQuery(statusQuery);
  return (
    <div className={styles.foot}>
      {status ? (
        <>
          <div>{plural(status.spans, "span")}</div>
          {status.disk_bytes > 0 ? <div>{formatBytes(status.disk_bytes)} on disk</div> : null}
          {status.writable ? null : (
            <div className="warn" title={status.read_only_reason ?? undefined}>
              read only
            </div>
          )}
          {status.keys_required ? <Account name={status.account} /> : null}
        </>
      ) : null}
      <div className={styles.footTools}>
        <ThemeSwitch />
        <button
          type="button"
          onClick={onHelp}
          className={styles.helpButton}
          aria-label="Keyboard help"
        >
          ?
        </button>
      </div>
    </div>
  );
}

function Account({ name }: { name: string }) {
  const queryClient = useQueryClient();
  const router = useRouter();
  const leaving = useMutation({
    mutationFn: logout,
    onSuccess: async () => {
      await router.navigate({ to: "/login" });
      queryClient.clear();
    },
  });
  return (
    <div className={styles.account}>
      <span title={name}>{name}</span>
      <button
        type="button"
        className="link"
        onClick={() => leaving.mutate()}
        disabled={leaving.isPending}
      >
        Log out
      </button>
      {leaving.isError ? <span className="bad">{leaving.error.message}</span> : null}
    </div>
  );
}

const THEMES = [
  { theme: "system", icon: "screen", label: "As the system" },
  { theme: "light", icon: "sun", label: "Light" },
  { theme: "dark", icon: "moon", label: "Dark" },
] as const satisfies { theme: Theme; icon: string; label: string }[];

function ThemeSwitch() {
  const [theme, setTheme] = useTheme();
  return (
    <div role="group" aria-label="Theme" className={styles.themes}>
      {THEMES.map((each) => (
        <button
          key={each.theme}
          type="button"
          aria-pressed={theme === each.theme}
          aria-label={each.label}
          title={each.label}
          onClick={() => setTheme(each.theme)}
        >
          <Icon name={each.icon} size={13} />
        </button>
      ))}
    </div>
  );
}
