export {};

declare module 'kmq' {
  interface KmqEvents {
    'Signed Up': { 'Plan Name': string; seats?: number };
    Ordered: { total: number; kind: 'tea' | 'cup'; gift?: boolean };
    // eslint-disable-next-line @typescript-eslint/no-empty-object-type -- as `kmq types` writes it
    Left: {};
    'Newsletter Asked For': { source?: string | null; at?: Date };
  }
}
