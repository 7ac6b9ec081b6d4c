/** Trace files by hand: dropped or chosen, one after the other, each with what became of it. */
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useRef, useState, type DragEvent } from "react";
import { ApiError, uploadTraces } from "../../api/client";
import type { UploadReport } from "../../api/types";
import { formatBytes, formatCount, formatShare, plural } from "../../grammar/format";
import { rangeAround } from "../../grammar/range";
import { Button } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import { Sentence } from "../../ui/Sentence";
import { Notice } from "../../ui/States";
import { useDocumentTitle } from "../../ui/useDocumentTitle";
import type { RunsSearch } from "../runs/search";
import { isKnown, uploadSentence } from "./sentence";
import styles from "./UploadPage.module.css";

interface Upload {
  id: number;
  name: string;
  bytes: number;
  share: number;
  report: UploadReport | null;
  error: ApiError | null;
  stop: () => void;
}

export function UploadPage() {
  const queryClient = useQueryClient();
  const [uploads, setUploads] = useState<Upload[]>([]);
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const queue = useRef(Promise.resolve());
  const nextId = useRef(0);
  useDocumentTitle("Upload");

  function change(id: number, next: Partial<Upload>) {
    setUploads((all) => all.map((upload) => (upload.id === id ? { ...upload, ...next } : upload)));
  }
  function add(files: Iterable<File>) {
    for (const file of files) {
      const id = nextId.current++;
      const control = new AbortController();
      setUploads((all) => [
        ...all,
        {
          id,
          name: file.name,
          bytes: file.size,
          share: 0,
          report: null,
          error: null,
          stop: () => control.abort(),
        },
      ]);
      queue.current = queue.current.then(async () => {
        try {
          const report = await uploadTraces(file, (share) => change(id, { share }), control.signal);
          change(id, { report, share: 1 });
          await queryClient.invalidateQueries();
        } catch (error) {
          change(id, {
            error: error instanceof ApiError ? error : new ApiError(0, "unknown", String(error)),
          });
        }
      });
    }
  }
  function dropped(event: DragEvent) {
    event.preventDefault();
    setOver(false);
    add(event.dataTransfer.files);
  }
  return (
    <div className={styles.page}>
      <div className={styles.crumb}>Upload</div>
      <Sentence words={uploadSentence(uploads.flatMap(({ report }) => (report ? [report] : [])))} />
      <p className="dim">
        JSON lines as the pyagent tools write them, or OTLP as JSON, JSON lines or protobuf. The
        same file twice changes nothing. On the command line: <code>vedette import FILE</code>
      </p>
      <div
        className={styles.drop}
        data-over={over}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={dropped}
      >
        <Icon name="upload" size={20} />
        <span>Drop files here, or</span>
        <Button look="primary" onClick={() => input.current?.click()}>
          Choose files
        </Button>
        <input
          ref={input}
          type="file"
          multiple
          hidden
          aria-label="Trace files"
          accept=".jsonl,.ndjson,.json,.pb"
          onChange={(event) => {
            add(event.target.files ?? []);
            event.target.value = "";
          }}
        />
        <span className="faint">.jsonl .json .pb</span>
      </div>
      <ul className={styles.uploads} aria-label="Uploads">
        {uploads.map((upload) => (
          <li key={upload.id}>
            <UploadRow upload={upload} />
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Of the time of the file, which may be long past. */
function runsOf({ since, until }: UploadReport): RunsSearch {
  return since && until ? rangeAround(since, until) : {};
}

function UploadRow({ upload }: { upload: Upload }) {
  const { report, error } = upload;
  return (
    <>
      <div className={styles.line}>
        <bdi className={styles.name}>{upload.name}</bdi>
        <span className="dim">{formatBytes(upload.bytes)}</span>
        {report && report.runs > 0 ? (
          <Link to="/runs" search={runsOf(report)} className="link">
            See the runs
          </Link>
        ) : report || error ? null : (
          <Button look="quiet" onClick={upload.stop}>
            Stop
          </Button>
        )}
      </div>
      {report ? (
        <p className={styles.report}>
          {plural(report.lines, "line")} read, {plural(report.spans, "span")}
          {isKnown(report)
            ? ", all here already"
            : report.new_spans < report.spans
              ? `, ${formatCount(report.new_spans)} new`
              : ""}
          , {plural(report.runs, "run")}
          {report.skipped_count > 0 ? (
            <span className="bad">, {formatCount(report.skipped_count)} refused</span>
          ) : null}
        </p>
      ) : null}
      {error ? <Notice tone="bad">{`${upload.name}: ${error.message}`}</Notice> : null}
      {!report && !error ? (
        <div className={styles.progress}>
          <progress value={upload.share} max={1} aria-label={`Upload of ${upload.name}`} />
          <span className="dim">{upload.share >= 1 ? "reading…" : formatShare(upload.share)}</span>
        </div>
      ) : null}
      {report && report.skipped.length > 0 ? (
        <table className={styles.skipped}>
          <caption className="visually-hidden">Lines refused</caption>
          <thead>
            <tr>
              <th scope="col">line</th>
              <th scope="col">why</th>
            </tr>
          </thead>
          <tbody>
            {report.skipped.map(({ line, reason }) => (
              <tr key={`${line} ${reason}`}>
                <td>{formatCount(line)}</td>
                <td>{reason}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
      {report && report.skipped_count > report.skipped.length ? (
        <p className="faint">{`and ${formatCount(report.skipped_count - report.skipped.length)} more`}</p>
      ) : null}
      {report?.notes.map((note) => (
        <Notice key={note} tone="warn">
          {note}
        </Notice>
      ))}
    </>
  );
}
