import { strings } from "../strings";

export const ROLES = ["administrator", "pathologist", "analyst", "student"] as const;
export type Role = (typeof ROLES)[number];

interface RoleSelectProps {
  id?: string;
  label?: string;
  value: Role;
  disabled?: boolean;
  onChange: (role: Role) => void;
}

/** The roles of an organisation to choose from. */
export function RoleSelect({ id, label, value, disabled = false, onChange }: RoleSelectProps) {
  return (
    <select
      id={id}
      aria-label={label}
      value={value}
      disabled={disabled}
      onChange={(event) => onChange(event.currentTarget.value as Role)}
    >
      {ROLES.map((role) => (
        <option key={role} value={role}>
          {strings.roles[role]}
        </option>
      ))}
    </select>
  );
}
