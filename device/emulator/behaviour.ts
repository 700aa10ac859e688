/**
 * What a customer does with the password box, so many milliseconds after the submit. Who `pays_late` is debited even if the
 * order was closed as unpaid meanwhile, though never after a reverse.
 */
export type Behaviour =
  | { readonly kind: 'pays' | 'cancels' | 'pays_late'; readonly afterMs: number }
  | { readonly kind: 'dawdles' }
