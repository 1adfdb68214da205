import { createContext, useCallback, useContext, useMemo, useRef, useState, type ReactNode } from 'react';
import Flashbar, { type FlashbarProps } from '@cloudscape-design/components/flashbar';
import { isAborted } from '../api/errors';
import { ProblemText } from '../components/ProblemAlert';

/** Flash tells the visitor, above the screen, how an action went. */
export interface Flash {
  success: (text: string) => void;
  info: (text: string) => void;
  /** error shows a thrown value: code, message, what to do. */
  error: (title: string, thrown: unknown) => void;
  clear: () => void;
}

const Context = createContext<Flash | undefined>(undefined);

/** useFlash is the flashbar of the page. */
export function useFlash(): Flash {
  const flash = useContext(Context);
  if (!flash) throw new Error('no flashbar');
  return flash;
}

/** FlashProvider holds the messages and hands the bar that shows them to children. */
export function FlashProvider({ children }: { children: (bar: ReactNode) => ReactNode }) {
  const [items, setItems] = useState<FlashbarProps.MessageDefinition[]>([]);
  const next = useRef(0);

  const show = useCallback((item: FlashbarProps.MessageDefinition) => {
    const id = String(next.current++);
    const dismiss = () => setItems((all) => all.filter((i) => i.id !== id));
    // One message of each kind and title: a second try replaces the first one's failure.
    setItems((all) => [
      { dismissible: true, dismissLabel: 'Dismiss message', onDismiss: dismiss, ...item, id },
      ...all.filter((i) => i.type === 'error' && !(i.type === item.type && i.header === item.header)).slice(0, 3),
    ]);
  }, []);

  const flash = useMemo<Flash>(
    () => ({
      success: (text) => show({ type: 'success', content: text }),
      info: (text) => show({ type: 'info', content: text }),
      error: (title, thrown) => {
        if (!isAborted(thrown)) show({ type: 'error', header: title, content: <ProblemText thrown={thrown} /> });
      },
      clear: () => setItems([]),
    }),
    [show],
  );
  return <Context.Provider value={flash}>{children(<Flashbar items={items} />)}</Context.Provider>;
}
