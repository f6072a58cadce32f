/** What the pages of second opinions ask the interface. */
import { api, ask } from "../api/client";
import type { Analysis } from "../api/documents";
import type { Assignment, Contact, Member, Review, ReviewIn } from "./documents";
import { type Filter, statusesOf } from "./states";

export interface Listed<Item> {
  items: Item[];
  next_cursor: string | null;
}

const PAGE = 20;
const WHOLE_PAGE = 100;

export function listAssignments(
  role: "assignee" | "assigner",
  filter: Filter,
  cursor: string | null,
): Promise<Listed<Assignment>> {
  const query = { role, status: statusesOf(filter), limit: PAGE, ...(cursor ? { cursor } : {}) };
  return ask(api.GET("/api/v1/assignments", { params: { query } }));
}

export function readAssignment(assignment_id: string): Promise<Assignment> {
  return ask(api.GET("/api/v1/assignments/{assignment_id}", { params: { path: { assignment_id } } }));
}

export function answerAssignment(id: string, status: "accepted" | "declined"): Promise<Assignment> {
  const params = { path: { assignment_id: id } };
  return ask(api.PATCH("/api/v1/assignments/{assignment_id}", { params, body: { status } }));
}

export async function withdrawAssignment(assignment_id: string): Promise<void> {
  await ask(api.DELETE("/api/v1/assignments/{assignment_id}", { params: { path: { assignment_id } } }));
}

/** Read a record; of one that is to be judged blind the gateway tells no result. */
export function readAnalysis(analysis_id: string, nuclei: boolean): Promise<Analysis> {
  const params = { path: { analysis_id }, query: { nuclei } };
  return ask(api.GET("/api/v1/analyses/{analysis_id}", { params })) as Promise<Analysis>;
}

export function giveReview(analysis_id: string, body: ReviewIn): Promise<Review> {
  return ask(api.POST("/api/v1/analyses/{analysis_id}/reviews", { params: { path: { analysis_id } }, body }));
}

export async function listReviews(analysis_id: string): Promise<Review[]> {
  const params = { path: { analysis_id }, query: { limit: WHOLE_PAGE } };
  return (await ask(api.GET("/api/v1/analyses/{analysis_id}/reviews", { params }))).items;
}

export async function listAsked(analysis_id: string): Promise<Assignment[]> {
  const params = { path: { analysis_id }, query: { limit: WHOLE_PAGE } };
  return (await ask(api.GET("/api/v1/analyses/{analysis_id}/assignments", { params }))).items;
}

export function listContacts(cursor: string | null): Promise<Listed<Contact>> {
  const query = { limit: WHOLE_PAGE, ...(cursor ? { cursor } : {}) };
  return ask(api.GET("/api/v1/contacts", { params: { query } }));
}

export function keepContact(email: string, name: string): Promise<Contact> {
  return ask(api.PUT("/api/v1/contacts", { body: { email, name } }));
}

export async function removeContact(contact_id: string): Promise<void> {
  await ask(api.DELETE("/api/v1/contacts/{contact_id}", { params: { path: { contact_id } } }));
}

export function listMembers(cursor: string | null): Promise<Listed<Member>> {
  const query = { limit: WHOLE_PAGE, ...(cursor ? { cursor } : {}) };
  return ask(api.GET("/api/v1/members", { params: { query } }));
}

/** Follow a list to its end, or to that many pages. */
export async function wholeOf<Item>(
  page: (cursor: string | null) => Promise<Listed<Item>>,
  pages = 10,
): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | null = null;
  for (let read = 0; read < pages; read++) {
    const found: Listed<Item> = await page(cursor);
    items.push(...found.items);
    cursor = found.next_cursor;
    if (!cursor) break;
  }
  return items;
}
