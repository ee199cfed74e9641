/** The optimizers that come with the library, for help texts: the library has them too, but is loaded later. */
export const OPTIMIZERS = ['adam', 'adamW', 'rmsProp', 'sgd'];
