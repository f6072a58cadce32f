/** Any other scored field to practise on; nothing of its result is shown. */
import { Microscope } from "lucide-preact";
import { Link } from "wouter-preact";
import { Thumbnail } from "../records/Thumbnail";
import { useRecords } from "../records/useRecords";
import { strings } from "../strings";
import { Empty } from "../ui/Empty";
import { MoreButton } from "../ui/MoreButton";
import "../records/records.css";

const words = strings.learning;

export function OwnFields() {
  const list = useRecords({ status: "succeeded" });
  return (
    <>
      {list.items?.length === 0 && (
        <Empty icon={Microscope} title={words.noFields}>
          <p>{words.noFieldsDetail}</p>
        </Empty>
      )}
      <ul class="own-fields">
        {list.items?.map((record) => (
          <li key={record.id}>
            <Link href={`/learn/${record.id}`} class="own-field" aria-label={words.markNamed(record.filename)}>
              <Thumbnail analysisId={record.id} />
              <span class="record-name">{record.filename}</span>
            </Link>
          </li>
        ))}
      </ul>
      <MoreButton list={list} />
    </>
  );
}
