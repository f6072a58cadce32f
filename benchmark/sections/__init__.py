"""What can be measured, a module a section; `catalogue` names them all."""
