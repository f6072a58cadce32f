import { api, ask } from "../api/client";

/** Delete records one after another; what is left after a failure stays, and the failure is thrown. */
export async function deleteRecords(ids: string[], whenDeleted: (id: string) => void): Promise<void> {
  for (const id of ids) {
    await ask(api.DELETE("/api/v1/analyses/{analysis_id}", { params: { path: { analysis_id: id } } }));
    whenDeleted(id);
  }
}
