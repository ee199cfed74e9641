import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { svgOf } from '../pictures/svgOf.js';
import { save } from './save.js';

/** A picture with its title, and what saves it as SVG. */
export function Picture({ title, name, children }: { title: string; name: string; children: ComponentChildren }) {
  const element = useRef<HTMLDivElement>(null);
  return (
    <figure class="picture">
      <figcaption>
        <span>{title}</span>
        <button
          type="button"
          class="quiet"
          onClick={() => {
            if (element.current) save(`${name}.svg`, 'image/svg+xml', svgOf(element.current, title));
          }}
        >
          Save as SVG<span class="visually-hidden">: {title}</span>
        </button>
      </figcaption>
      <div ref={element}>{children}</div>
    </figure>
  );
}
